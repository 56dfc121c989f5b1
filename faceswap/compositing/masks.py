"""Where the new face is seen: hull, learned mask and occlusion, as an opacity with a soft edge."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from faceswap.pictures.geometry import resized, transform

Mask = NDArray[np.uint8]
Plane = NDArray[np.float32]

#: What bounds the new face: the hull of the landmarks, the mask that the model learnt, or both, the
#: learned one with the old brows.
KINDS = ("hull", "learned", "both")
#: Side of the aligned square that the opacity is drawn in, in pixels.
SIDE = 256
#: Brow landmarks are lifted by this part of the distance from the eyes to the brows, so that the
#: hull takes in the lower forehead; without, the new face ends in a line just above the brows.
LIFT = 0.9
#: A mask that is above this everywhere was not learnt: its model learns none.
LEARNT = 0.98
#: Nor was one learnt well yet that leaves out more of the face than this: the face would stay
#: unswapped.
MOST_LEFT_OUT = 0.5
#: Bits of a coordinate behind the point, as cv2's drawing calls take them.
_BITS = 4


@dataclass(frozen=True)
class Edge:
    """What bounds the new face, and how its edge runs; lengths in widths of the face.

    The width is the root of the hull's area.

    Attributes:
        kind: One of `KINDS`.
        erode: How far the edge moves inwards; below 0, outwards.
        feather: Width of the soft edge, all of it inside of the moved edge.
        occlusion: How much of what lies before the face stays before it, 0 to 1.
    """

    kind: str = "both"
    erode: float = 0.02
    feather: float = 0.12
    occlusion: float = 1.0

    def alpha(self, landmarks: ArrayLike, learned: Mask, occluded: Mask, side: int = SIDE) -> Plane:
        """The opacity of the new face over its aligned square.

        Args:
            landmarks: (68, 2) in pixels of the square that `learned` covers.
            learned: (s, s), 255 where the model sees face. The hull takes the place of one that was
                not learnt: 255 everywhere, or hardly anything of the face in it.
            occluded: (k, k), 255 where something lies before the face.
            side: Of the result.

        Returns:
            (side, side) in [0, 1].
        """
        points = transform(landmarks, resized(learned.shape[0], side))
        outline = hull(points)
        inside = fill(outline, (side, side))
        bounded = self._bounded(inside, points, learned)
        alpha = self.soft(inside if bounded is None else bounded, width(outline))
        if self.occlusion and occluded.any():
            alpha *= 1 - np.float32(self.occlusion / 255) * _sized(occluded, side)
        return alpha

    def asks(self, learned: Mask) -> bool:
        """Whether a mask is looked at: it was learnt, and is not to be passed over."""
        return self.kind != "hull" and bool(learned.min() < LEARNT * 255)

    def takes(self, landmarks: ArrayLike, learned: Mask) -> bool:
        """Whether a mask bounds the new face, alone or with the hull; arguments as of `alpha`."""
        points = np.asarray(landmarks, np.float64)
        return self._bounded(fill(hull(points), learned.shape), points, learned) is not None

    def _bounded(self, inside: Mask, points: NDArray[np.float64], learned: Mask) -> Mask | None:
        """What is inside by the learned mask; None where that is not fit for it."""
        if not self.asks(learned):
            return None
        seen = _sized(learned, len(inside), 255)
        both = inside & _covering(seen, points)
        if cv2.countNonZero(both) <= (1 - MOST_LEFT_OUT) * cv2.countNonZero(inside):
            return None
        return both if self.kind == "both" else seen

    def drawn(self, landmarks: ArrayLike, size: int, picture: Mask, side: int = SIDE) -> Plane:
        """The opacity by a mask that somebody drew.

        Args:
            landmarks: (68, 2) in pixels of a square of `size`.
            size: Its side.
            picture: (k, k) over the same square, 255 for the new face.
            side: Of the result.
        """
        unit = width(hull(transform(landmarks, resized(size, side))))
        return self.soft(_sized(picture, side, 255), unit)

    def soft(self, inside: Mask, unit: float) -> Plane:
        """Opacity of a mask; it ends at the square's border, whatever `erode` is.

        Args:
            inside: (side, side), not 0 where the new face is.
            unit: Width of the face in pixels of the mask.
        """
        feather = max(self.feather * unit, 1e-3)
        distance = signed_distance(inside, outside=self.erode < 0)
        depth = np.minimum(distance - self.erode * unit, _border(len(inside)))
        return smooth_step(depth / feather)


def hull(landmarks: ArrayLike) -> NDArray[np.float32]:
    """The outline of a face with its lower forehead: (k, 2) corners of a convex polygon.

    Args:
        landmarks: (68, 2).
    """
    points = np.asarray(landmarks, np.float32)
    outline: NDArray[np.float32] = cv2.convexHull(
        np.concatenate([points, _lifted(points)]).astype(np.float32)
    )
    return outline[:, 0]


def _lifted(points: NDArray[np.floating]) -> NDArray[np.floating]:
    """The brows moved up the forehead."""
    brows, eyes = points[17:27], points[36:48]
    lifted: NDArray[np.floating] = brows + (brows.mean(axis=0) - eyes.mean(axis=0)) * LIFT
    return lifted


def width(outline: NDArray[np.float32]) -> float:
    """The width of a face in its outline's unit: the root of the outline's area, 1 at least."""
    return max(float(np.sqrt(cv2.contourArea(outline))), 1.0)


def fill(polygon: ArrayLike, shape: tuple[int, int]) -> Mask:
    """Mask of `shape` (height, width): 255 inside a convex polygon of (k, 2) corners, else 0."""
    mask = np.zeros(shape, np.uint8)
    corners = np.round(np.asarray(polygon, np.float64) * (1 << _BITS)).astype(np.int32)
    cv2.fillConvexPoly(mask, corners, 255, shift=_BITS)
    return mask


def signed_distance(mask: Mask, outside: bool = True) -> Plane:
    """Pixels to the mask's edge: above 0 inside, below 0 outside.

    One transform each way, so its cost does not grow with the widths it is used for: an elliptical
    erosion of 200 pixels takes 400 times as long. The picture's border is no edge; an empty mask
    is far outside of any, a full one far inside.

    Args:
        mask: (h, w), not 0 inside.
        outside: False where it does not matter how far outside: all of it is at -0.5 then.
    """
    if mask.all() or not mask.any():
        return np.full(mask.shape, max(mask.shape) * (1.0 if mask.all() else -1.0), np.float32)
    distance: Plane = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    if outside:
        distance -= cv2.distanceTransform(np.asarray(mask == 0, np.uint8), cv2.DIST_L2, 5)
    # The edge runs between the pixels: half a pixel off the centres on both of its sides.
    distance += np.where(mask, np.float32(-0.5), np.float32(0.5 if outside else -0.5))
    return distance


def smooth_step(ramp: Plane) -> Plane:
    """0 up to 0, 1 from 1 on, and smooth at both ends.

    A straight ramp shows its two kinks as lines on skin.
    """
    ramp = ramp.clip(0.0, 1.0)
    step: Plane = (ramp * ramp * (3.0 - 2.0 * ramp)).astype(np.float32)
    return step


def _covering(seen: Mask, points: NDArray[np.float64]) -> Mask:
    """A learned mask with the old eyes and brows, which would show above lower new ones."""
    parts = [points[17:27], points[36:48], _lifted(points)]
    outline = cv2.convexHull(np.concatenate(parts).astype(np.float32))[:, 0]
    return np.asarray(seen | fill(outline, seen.shape), np.uint8)


def _sized(mask: Mask, side: int, levels: int = 0) -> Mask:
    """The (s, s) mask at (side, side); with `levels` cut at its half into 0 and that level."""
    sized = cv2.resize(mask, (side, side), interpolation=cv2.INTER_CUBIC)
    if not levels:
        return np.asarray(sized, np.uint8)
    return np.asarray(cv2.threshold(sized, 127, levels, cv2.THRESH_BINARY)[1], np.uint8)


@cache
def _border(side: int) -> Plane:
    """Pixels from each place of a square to its border."""
    ends = np.minimum(np.arange(side), np.arange(side)[::-1]).astype(np.float32)
    distance: Plane = np.minimum.outer(ends, ends)
    distance.setflags(write=False)
    return distance

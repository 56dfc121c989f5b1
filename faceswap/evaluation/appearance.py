"""How a swapped face looks against the frame it was put into: edge, colour, sharpness, flicker."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from faceswap.compositing.masks import fill
from faceswap.pictures.geometry import INNER, MEAN_FACE, Points, scale_of, similarity
from faceswap.pictures.levels import shares

Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Float = NDArray[np.float32]

#: Colours and flow are taken from a face of at most so many pixels: a mean is the same at every
#: size, and the cost of the flow is not.
_WIDTH = 128
#: The part of the frame looked at reaches so far beyond the face, in its widths.
_ROOM = 0.15
#: Depths behind the outline's edge, in widths of the face, of what counts as its inside, and of the
#: two rings that a seam lies between; negative is outside. The gap is where edges are softened.
_INSIDE, _INNER_RING, _OUTER_RING = 0.10, (0.08, 0.16), (-0.10, -0.02)
#: The rings are compared piece by piece: one side too red and the other too blue are two faults.
_SECTORS, _FEWEST = 16, 12
#: Brow landmarks are lifted by this part of their distance from the eyes. The outline measured in
#: stays the same whatever outline faces are swapped in, so that figures can be compared.
_LIFT = 0.9
#: The outline, this much wider, is what a swap may change.
_TOUCHED = 1.6
#: What two pictures without any difference are given, in decibels.
MOST_PSNR = 100.0


class Appearance(NamedTuple):
    """One frame of the output against the target's.

    Attributes:
        change: Mean absolute difference inside the face, in grey levels; 0 where unswapped.
        tone: CIE76 distance between the face's mean colours.
        seam: CIE76 distance between rings inside and outside the face's edge, in the output.
        seam_target: The same in the target.
        sharpness: Variance of the Laplacian inside the face of the output, in grey levels².
        sharpness_target: The same in the target.
        psnr: Of the frame outside the face, in decibels.
    """

    change: float
    tone: float
    seam: float
    seam_target: float
    sharpness: float
    sharpness_target: float
    psnr: float


class Flicker(NamedTuple):
    """Mean absolute change from the frame before, moved along with the target, in grey levels."""

    output: float
    target: float


class Part(NamedTuple):
    """The box about a face: its place in the frame, and how much smaller it is looked at."""

    left: int
    top: int
    right: int
    bottom: int
    scale: float

    def cut(self, image: Image) -> Image:
        """The box, as it is."""
        return image[self.top : self.bottom, self.left : self.right]

    def small(self, image: Image) -> Image:
        """The box, at the size it is looked at."""
        part = self.cut(image)
        if self.scale >= 1:
            return part
        size = tuple(max(1, round(side * self.scale)) for side in part.shape[1::-1])
        return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)

    def placed(self, points: Points) -> Points:
        """Points of the frame in the small box."""
        corner = np.array([self.left, self.top])
        return np.asarray((points - corner + 0.5) * min(self.scale, 1.0) - 0.5, np.float64)


def face_width(points: ArrayLike) -> float:
    """Width of the inner face of 68 landmarks, in their pixels."""
    return 1 / scale_of(similarity(np.asarray(points)[INNER], MEAN_FACE[INNER]))


def part_of(points: Points, shape: tuple[int, ...]) -> Part | None:
    """The box about a face in a frame of this shape; None where it lies outside of the frame."""
    width = face_width(points)
    corners = _outline(points)
    low, high = corners.min(0) - _ROOM * width, corners.max(0) + _ROOM * width
    left, top = np.clip(np.floor(low), 0, None).astype(int)
    right, bottom = np.clip(np.ceil(high), 0, (shape[1], shape[0])).astype(int)
    if right - left < 8 or bottom - top < 8:
        return None
    return Part(int(left), int(top), int(right), int(bottom), _WIDTH / width)


def appearance(target: Image, output: Image, points: Points) -> Appearance | None:
    """What the output shows where the target has a face with these landmarks (68, 2).

    Args:
        target: (h, w, 3) RGB.
        output: The same frame of the output.
        points: In the target's pixels.

    Returns:
        None where the face lies outside of the frame.
    """
    part = part_of(points, target.shape)
    if part is None:
        return None
    old, new = part.small(target), part.small(output)
    depth = _depth(part.placed(points), old.shape[:2]) / (min(part.scale, 1) * face_width(points))
    inside = depth > _INSIDE
    if not inside.any():
        return None
    lab_old, lab_new = _lab(old), _lab(new)
    grown = cv2.resize(inside.astype(np.uint8), part.cut(target).shape[1::-1], None, 0, 0, 0) > 0
    return Appearance(
        change=float(cv2.absdiff(old, new)[inside].mean()),
        tone=float(np.linalg.norm(lab_old[inside].mean(0) - lab_new[inside].mean(0))),
        seam=_seam(lab_new, depth),
        seam_target=_seam(lab_old, depth),
        sharpness=laplacian_variance(part.cut(output), grown),
        sharpness_target=laplacian_variance(part.cut(target), grown),
        psnr=_psnr_outside(target, output, points),
    )


def flicker(
    before: tuple[Image, Image], now: tuple[Image, Image], points: Points
) -> Flicker | None:
    """How much the face changes from one frame to the next beyond its own movement.

    The frame before is moved along the target's optical flow (Farneback, "Two-frame motion
    estimation based on polynomial expansion", 2003), the output's too: a new face that swims on
    the head flickers.

    Args:
        before: Target and output, (h, w, 3) RGB.
        now: The frames that follow.
        points: The target's landmarks (68, 2) now.
    """
    part = part_of(points, now[0].shape)
    if part is None:
        return None
    target, output = ([_grey(part.small(f[n])) for f in (before, now)] for n in (0, 1))
    inside = _depth(part.placed(points), target[1].shape) > 0
    flow = cv2.calcOpticalFlowFarneback(target[1], target[0], None, 0.5, 3, 13, 2, 5, 1.1, 0)
    y, x = np.mgrid[: flow.shape[0], : flow.shape[1]].astype(np.float32)
    changes = []
    for old, new in (output, target):
        moved = cv2.remap(
            old, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE
        )
        changes.append(float(cv2.absdiff(moved, new)[inside].mean()) if inside.any() else 0.0)
    return Flicker(*changes)


def sharpness_at(image: Image, points: Points, width: float) -> float:
    """Variance of the Laplacian inside a face brought to a width, in grey levels².

    Args:
        image: (h, w, 3) RGB.
        points: (68, 2) landmarks in it.
        width: Of the inner face, in pixels.

    Returns:
        NaN where the face lies outside of the image.
    """
    part = part_of(points, image.shape)
    if part is None:
        return float("nan")
    scale = width / face_width(points)
    picture = part.cut(image)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = tuple(max(8, round(side * scale)) for side in picture.shape[1::-1])
    picture = np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)
    placed = (points - (part.left, part.top) + 0.5) * scale - 0.5
    return laplacian_variance(picture, _depth(placed, picture.shape[:2]) > _INSIDE * width)


def laplacian_variance(picture: Image, inside: Mask) -> float:
    """Variance of the Laplacian of the grey picture over some of its pixels; NaN over none."""
    if not inside.any():
        return float("nan")
    return float(cv2.Laplacian(_grey(picture), cv2.CV_32F)[inside].var())


def _depth(points: Points, shape: tuple[int, ...]) -> Float:
    """How far each pixel lies behind the face's edge, in pixels; negative outside."""
    mask = fill(_outline(points), (shape[0], shape[1]))
    within, beyond = (cv2.distanceTransform(m, cv2.DIST_L2, 5) for m in (mask, 255 - mask))
    return np.asarray(within - beyond, np.float32)


def _outline(points: Points) -> NDArray[np.float32]:
    """The corners (k, 2) of the hull of the landmarks with the lower forehead."""
    brows, eyes = points[17:27], points[36:48]
    up = (brows.mean(axis=0) - eyes.mean(axis=0)) * _LIFT
    corners = cv2.convexHull(np.concatenate([points, brows + up]).astype(np.float32))
    return np.asarray(corners, np.float32)[:, 0]


def _seam(lab: Float, depth: Float) -> float:
    """Mean distance of colours across the edge, piece by piece around the face; NaN without."""
    inner = (depth > _INNER_RING[0]) & (depth < _INNER_RING[1])
    outer = (depth > _OUTER_RING[0]) & (depth < _OUTER_RING[1])
    y, x = np.nonzero(inner)
    centre = (x.mean(), y.mean()) if x.size else (0.0, 0.0)
    means, counts = zip(*(_by_sector(lab, ring, centre) for ring in (inner, outer)), strict=True)
    enough = (counts[0] >= _FEWEST) & (counts[1] >= _FEWEST)
    if not enough.any():
        return float("nan")
    return float(np.linalg.norm(means[0] - means[1], axis=1)[enough].mean())


def _by_sector(
    lab: Float, ring: Mask, centre: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Mean colour (sectors, 3) and number of the pixels of each sector of a ring."""
    y, x = np.nonzero(ring)
    turn = np.arctan2(y - centre[1], x - centre[0]) / (2 * np.pi) + 0.5
    sector = np.minimum((turn * _SECTORS).astype(int), _SECTORS - 1)
    counts = np.bincount(sector, minlength=_SECTORS)
    sums = [np.bincount(sector, lab[y, x, c], minlength=_SECTORS) for c in range(3)]
    return np.stack(sums, 1) / np.maximum(counts, 1)[:, None], counts


def _psnr_outside(target: Image, output: Image, points: Points) -> float:
    corners = _outline(points)
    centre = corners.mean(0)
    away = 255 - fill(centre + _TOUCHED * (corners - centre), target.shape[:2])
    count = 3 * cv2.countNonZero(away)
    if not count:
        return float("nan")
    error = cv2.norm(target, output, cv2.NORM_L2SQR, away) / count
    return float(min(10 * np.log10(255**2 / error), MOST_PSNR)) if error else MOST_PSNR


def _lab(picture: Image) -> Float:
    scaled = shares(picture)
    return np.asarray(cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB), np.float32)


def _grey(picture: Image) -> Image:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)

"""Where a face is: the hull of its landmarks, and a soft edge that lies inside of it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Mask = NDArray[np.uint8]

#: Brow landmarks are lifted by this part of the distance from the eyes to the brows, so that the
#: hull takes in the lower forehead; without, the new face ends in a line just above the brows.
LIFT = 0.9
#: Bits of a coordinate behind the point, as cv2's drawing calls take them.
_BITS = 4


def hull(landmarks: ArrayLike) -> NDArray[np.float32]:
    """The outline of a face with its lower forehead: (k, 2) corners of a convex polygon.

    Args:
        landmarks: (68, 2).
    """
    points = np.asarray(landmarks, np.float32)
    brows, eyes = points[17:27], points[36:48]
    up = (brows.mean(axis=0) - eyes.mean(axis=0)) * LIFT
    outline: NDArray[np.float32] = cv2.convexHull(np.concatenate([points, brows + up]))
    return outline[:, 0]


def fill(polygon: ArrayLike, shape: tuple[int, int]) -> Mask:
    """Mask of `shape` (height, width): 255 inside a convex polygon of (k, 2) corners, else 0."""
    mask = np.zeros(shape, np.uint8)
    corners = np.round(np.asarray(polygon, np.float64) * (1 << _BITS)).astype(np.int32)
    cv2.fillConvexPoly(mask, corners, 255, shift=_BITS)
    return mask


def soften(mask: Mask, erode: float, feather: float) -> NDArray[np.float32]:
    """Opacity in [0, 1]: 0 up to `erode` pixels inside the mask's edge, 1 `feather` further in.

    By the distance to the edge, so its cost does not grow with the widths: an elliptical erosion
    of 200 pixels takes 400 times as long.

    Args:
        mask: (h, w); what is not 0 is inside. The picture's border is no edge.
        erode: In pixels.
        feather: In pixels.
    """
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    ramp = np.clip((depth - erode) / max(feather, 1e-3), 0.0, 1.0)
    # Smooth at both ends: a straight ramp shows its two kinks as lines on skin.
    soft: NDArray[np.float32] = (ramp * ramp * (3.0 - 2.0 * ramp)).astype(np.float32)
    return soft

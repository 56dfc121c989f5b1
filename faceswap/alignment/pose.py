"""Where a head looks, and how open its mouth is, from 68 landmarks alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from faceswap.pictures.geometry import MEAN_FACE

# How far each landmark of the mean face lies behind the tip of the nose, in widths of the inner
# face: factored out of 1,200 views of a dozen turning heads and their mirror images (Tomasi and
# Kanade, "Shape and motion from image streams under orthography", 1992, with the mean face as x
# and y); the overall depth is then set so that the eyes' outer corners lie 45 mm behind the tip.
# fmt: off
_DEPTH = np.array(
    [
        0.795, 0.765, 0.746, 0.718, 0.665, 0.586, 0.488, 0.394, 0.365, 0.394,
        0.488, 0.586, 0.665, 0.718, 0.746, 0.765, 0.795, 0.379, 0.310, 0.269,
        0.238, 0.215, 0.215, 0.238, 0.269, 0.310, 0.379, 0.188, 0.127, 0.060,
        0.000, 0.186, 0.152, 0.121, 0.152, 0.186, 0.375, 0.332, 0.314, 0.317,
        0.324, 0.342, 0.317, 0.314, 0.332, 0.375, 0.342, 0.324, 0.347, 0.232,
        0.163, 0.156, 0.163, 0.232, 0.347, 0.262, 0.207, 0.197, 0.207, 0.262,
        0.322, 0.203, 0.192, 0.203, 0.322, 0.195, 0.186, 0.195,
    ]
)
# fmt: on
_HEAD = np.column_stack([MEAN_FACE, _DEPTH])
#: Jaw, chin and mouth move with speech: they say less of the head's angles.
_TRUST = np.where((np.arange(68) < 17) | (np.arange(68) > 47), 0.3, 1.0)


class Pose(NamedTuple):
    """Angles of a head in degrees.

    `yaw` grows as it turns to the picture's right, `pitch` as it looks down, `roll` as it tilts
    clockwise.
    """

    yaw: float
    pitch: float
    roll: float


def pose(landmarks: ArrayLike) -> Pose:
    """The head's angles; about 0, 0, 0 looks into the camera.

    The turn of a rigid mean head whose parallel projection is nearest to the landmarks, by
    weighted least squares; without a lens, since the focal length is not known.

    Args:
        landmarks: (68, 2) in pixels, of any scale.
    """
    weights = _TRUST[:, None]
    points = np.asarray(landmarks, np.float64)
    head = (_HEAD - np.average(_HEAD, axis=0, weights=_TRUST)) * weights
    seen = (points - np.average(points, axis=0, weights=_TRUST)) * weights
    scaled = np.linalg.lstsq(head, seen, rcond=None)[0].T
    left, _, right = np.linalg.svd(scaled, full_matrices=False)
    x, y = left @ right
    z = np.cross(x, y)
    yaw = np.degrees(np.arctan2(z[0], np.hypot(x[0], y[0])))
    pitch = np.degrees(np.arctan2(z[1], z[2]))
    roll = np.degrees(np.arctan2(y[0], x[0]))
    return Pose(float(yaw), float(pitch), float(roll))


def mouth_opening(landmarks: ArrayLike) -> float:
    """Height of the inner lips' gap over the mouth's inner width: 0 closed, about 1 wide open."""
    points = np.asarray(landmarks, np.float64)
    height = np.linalg.norm(points[[61, 62, 63]] - points[[67, 66, 65]], axis=1).mean()
    return float(height / max(np.linalg.norm(points[64] - points[60]), 1e-6))

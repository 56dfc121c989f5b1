"""Where a head looks, and how open its mouth is, from 68 landmarks alone."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Landmarks that hardly move against the skull: nose tip, chin, outer corners of the eyes and
#: corners of the mouth; and where they are on a generic head, nose tip at the origin, x to the
#: picture's right, y down, z away from the camera, in units of 0.2 mm.
_RIGID = (30, 8, 36, 45, 48, 54)
_HEAD = np.array(
    [
        (0, 0, 0),
        (0, 330, 65),
        (-225, -170, 135),
        (225, -170, 135),
        (-150, 150, 125),
        (150, 150, 125),
    ],
    np.float64,
)


class Pose(NamedTuple):
    """Angles of a head in degrees.

    `yaw` grows as it turns to the picture's right, `pitch` as it looks down, `roll` as it tilts
    clockwise.
    """

    yaw: float
    pitch: float
    roll: float


def pose(landmarks: ArrayLike) -> Pose:
    """The head's angles; 0, 0, 0 looks into the camera.

    Perspective-n-point on six points, with a camera that sees the face from twenty times its
    width: the true focal length is unknown, and far is the mildest guess.

    Args:
        landmarks: (68, 2) in pixels, of any scale.
    """
    points = np.asarray(landmarks, np.float64)
    seen = points[list(_RIGID)] - points[_RIGID[0]]
    width = float(np.ptp(points[:, 0])) or 1.0
    camera = np.diag([20 * width, 20 * width, 1.0])
    _, turn, _ = cv2.solvePnP(_HEAD, seen, camera, None, flags=cv2.SOLVEPNP_SQPNP)
    matrix: NDArray[np.float64] = cv2.Rodrigues(turn)[0]
    yaw = np.degrees(np.arctan2(-matrix[2, 0], np.hypot(matrix[0, 0], matrix[1, 0])))
    pitch = np.degrees(np.arctan2(matrix[2, 1], matrix[2, 2]))
    roll = np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))
    return Pose(float(yaw), float(pitch), float(roll))


def mouth_opening(landmarks: ArrayLike) -> float:
    """Height of the inner lips' gap over the mouth's inner width: 0 closed, about 1 wide open."""
    points = np.asarray(landmarks, np.float64)
    height = np.linalg.norm(points[[61, 62, 63]] - points[[67, 66, 65]], axis=1).mean()
    return float(height / max(np.linalg.norm(points[64] - points[60]), 1e-6))

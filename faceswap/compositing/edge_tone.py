"""The new face in the old one's tone along its edge, so that no step of colour shows there."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

#: Deviation of the blur that leaves a face's tone, in sides of its square.
TONE = 0.05


def toned(face: Plane, old: Plane, opacity: Plane, near: Plane) -> Plane:
    """The face with what is smooth in the difference from the old one taken away near the edge.

    Features and their edges stay the new face's up to the mask's own edge, which so can be wide
    and steep; the colours meet without a step. Done by octaves in the frame (`pyramid`) the same
    takes six milliseconds more for a face of 400 pixels.

    Args:
        face: (s, s, 3) RGB in [0, 1].
        old: (s, s, 3) RGB in [0, 1], in the same square.
        opacity: (s, s) in [0, 1]: where the new face is; what is outside says nothing of its tone.
        near: (s, s) in [0, 1]: 1 at the edge, 0 from where the face keeps its own tone.

    Returns:
        (s, s, 3) in [0, 1].
    """
    weights = opacity + np.float32(1e-4)
    difference = (old - face) * weights[..., None]
    deviation = TONE * len(face)
    smooth, total = (cv2.GaussianBlur(plane, (0, 0), deviation) for plane in (difference, weights))
    smooth *= (near / total)[..., None]
    smooth += face
    return np.asarray(smooth.clip(0.0, 1.0), np.float32)

"""Colours of one face brought to those of another."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

#: A channel's contrast is changed by no more than this factor: the statistics of a face half in
#: shadow would otherwise blow up noise.
MOST_CONTRAST = 1.4


def transfer(
    face: NDArray[np.float32], like: NDArray[np.float32], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The face in the colours of `like`: mean and spread of each CIELAB channel are its.

    Reinhard et al., "Color Transfer between Images", 2001, with both statistics taken over the
    masked pixels alone. Zeroing the others and counting them in, as is often done, loses a third
    of the contrast.

    Args:
        face: (h, w, 3) RGB in [0, 1].
        like: (h, w, 3) RGB in [0, 1].
        weights: (h, w) in [0, 1]: how much each pixel counts.

    Returns:
        (h, w, 3) RGB in [0, 1]; the face itself if no pixel counts.
    """
    if not weights.any():
        return face
    lab, other = (cv2.cvtColor(image, cv2.COLOR_RGB2LAB) for image in (face, like))
    mean, spread = _statistics(lab, weights)
    other_mean, other_spread = _statistics(other, weights)
    gain = np.clip(other_spread / (spread + 1e-3), 1 / MOST_CONTRAST, MOST_CONTRAST)
    moved = ((lab - mean) * gain + other_mean).astype(np.float32)
    rgb: NDArray[np.float32] = cv2.cvtColor(moved, cv2.COLOR_LAB2RGB)
    return rgb.clip(0.0, 1.0)


def _statistics(
    lab: NDArray[np.float32], weights: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    pixels = lab.reshape(-1, 3).astype(np.float64)
    mean = np.average(pixels, axis=0, weights=weights.ravel())
    spread = np.sqrt(np.average((pixels - mean) ** 2, axis=0, weights=weights.ravel()))
    return mean, spread

"""Colours of one face brought to those of another, as numbers that can be smoothed over time."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Numbers = NDArray[np.float32]

#: The ways to do it.
TRANSFERS = ("none", "lab")
#: A channel's contrast is changed by no more than this factor: the statistics of a face half in
#: shadow would otherwise blow up noise.
MOST_CONTRAST = 1.4


def measure(how: str, face: Image, like: Image, weights: NDArray[np.float32]) -> Numbers:
    """The numbers that bring `face` to the colours of `like`; their mean over frames means one.

    Args:
        how: One of `TRANSFERS`.
        face: (s, s, 3) RGB in [0, 1].
        like: (s, s, 3) RGB in [0, 1], the old face in the same square.
        weights: (s, s) in [0, 1]: how much each pixel counts.

    Returns:
        (k,) float32, `k` fixed for each `how`. Without a pixel that counts they leave the face.
    """
    if how == "none":
        return np.zeros(0, np.float32)
    if not weights.any():
        return np.repeat(np.array([1, 0], np.float32), 3)
    mean, spread = _statistics(_lab(face), weights)
    other_mean, other_spread = _statistics(_lab(like), weights)
    gain = np.clip(other_spread / (spread + 1e-3), 1 / MOST_CONTRAST, MOST_CONTRAST)
    return np.concatenate([gain, other_mean - mean * gain]).astype(np.float32)


def apply(how: str, face: Image, numbers: Numbers) -> Image:
    """The face in other colours, (s, s, 3) RGB in [0, 1].

    Args:
        how: One of `TRANSFERS`.
        face: (s, s, 3) RGB in [0, 1].
        numbers: What `measure` gave, or a mean of such.
    """
    if how == "none":
        return face
    rgb: Image = cv2.cvtColor(_lab(face) * numbers[:3] + numbers[3:], cv2.COLOR_LAB2RGB)
    return rgb.clip(0.0, 1.0)


def _lab(rgb: Image) -> Image:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), np.float32)


def _statistics(
    lab: Image, weights: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and spread of each channel, over the masked pixels alone.

    Zeroing the others and counting them in, as is often done, loses a third of the contrast.
    """
    pixels = lab.reshape(-1, 3).astype(np.float64)
    mean = np.average(pixels, axis=0, weights=weights.ravel())
    spread = np.sqrt(np.average((pixels - mean) ** 2, axis=0, weights=weights.ravel()))
    return mean, spread

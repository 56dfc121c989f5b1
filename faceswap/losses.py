"""Losses, each a map of the picture, so that parts of it can be weighed."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

#: Structural similarity as Wang et al. 2004 define it: the Gaussian window's deviation in pixels,
#: and the two constants for values from 0 to 1.
SIGMA = 1.5
C1, C2 = 0.01**2, 0.03**2
#: The light of red, green and blue (ITU-R BT.601).
LIGHT = (0.299, 0.587, 0.114)


def dissimilarity(first: Any, second: Any) -> Any:
    """(1 - SSIM) / 2 of the light at each place: (n, s, s, 3) pictures twice to (n, s, s).

    Structure is in the light; doing the three channels apart costs three times as much. The
    window is laid over rows and columns as a product with a band matrix, which costs a fraction of
    a convolution of so few channels.
    """
    light = tf.constant(LIGHT, first.dtype)
    a, b = (tf.tensordot(picture, light, 1) for picture in (first, second))
    window = tf.constant(window_matrix(a.shape[-1]))
    stacked = tf.stack([a, b, a * a + b * b, a * b])
    means = tf.matmul(window, tf.matmul(stacked, window, transpose_b=True))
    mean_a, mean_b, squares, product = tf.unstack(means)
    means_squared = mean_a * mean_a + mean_b * mean_b
    brightness = (2 * mean_a * mean_b + C1) / (means_squared + C1)
    contrast = (2 * (product - mean_a * mean_b) + C2) / (squares - means_squared + C2)
    return (1 - brightness * contrast) / 2


def window_matrix(size: int) -> NDArray[np.float32]:
    """(size, size) rows of Gaussian weights around each place, cut at the edges; each adds to 1."""
    distance = np.subtract.outer(np.arange(size), np.arange(size))
    weights = np.exp(-(distance**2) / (2 * SIGMA**2)) * (np.abs(distance) <= 5)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)

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
#: A window reaches so many deviations: 5 pixels of structural similarity's.
REACH = 3.5
#: The weights of MS-SSIM's scales, from fine to coarse, and the smallest side of a scale.
SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
LEAST_SIDE = 11
#: The light of red, green and blue (ITU-R BT.601).
LIGHT = (0.299, 0.587, 0.114)


def dissimilarity(first: Any, second: Any) -> Any:
    """(1 - SSIM) / 2 of the light at each place: (n, s, s, 3) pictures twice to (n, s, s).

    Wang et al. 2004, equation 13. Structure is in the light; doing the three channels apart costs
    three times as much.
    """
    brightness, contrast = likeness(light(first), light(second))
    return (1 - brightness * contrast) / 2


def multiscale(first: Any, second: Any) -> Any:
    """1 - MS-SSIM of the light (Wang, Simoncelli and Bovik 2003): pictures twice to (n,).

    Of small pictures the coarser scales are left out, and the weights of the others add to one.
    """
    a, b = light(first), light(second)
    count = min(len(SCALES), int(np.log2(a.shape[-1] / LEAST_SIDE)) + 1)
    weights = np.asarray(SCALES[:count]) / sum(SCALES[:count])
    product = tf.ones(tf.shape(a)[:1], a.dtype)
    for number, weight in enumerate(weights):
        brightness, contrast = likeness(a, b)
        last = number == count - 1
        mean = tf.reduce_mean(brightness * contrast if last else contrast, (1, 2))
        # Of opposite pictures it is below zero, where there is no power of it.
        product *= tf.maximum(mean, 1e-4) ** float(weight)
        a, b = (tf.nn.avg_pool2d(p[..., None], 2, 2, "VALID")[..., 0] for p in (a, b))
    return 1 - product


def likeness(a: Any, b: Any) -> tuple[Any, Any]:
    """The two parts of SSIM at each place of two lights (n, s, s): brightness, and contrast.

    The window is laid over rows and columns as a product with a band matrix, which costs a fraction
    of a convolution of so few channels.
    """
    means = blurred(tf.stack([a, b, a * a + b * b, a * b]), SIGMA)
    mean_a, mean_b, squares, product = tf.unstack(means)
    means_squared = mean_a * mean_a + mean_b * mean_b
    brightness = (2 * mean_a * mean_b + C1) / (means_squared + C1)
    contrast = (2 * (product - mean_a * mean_b) + C2) / (squares - means_squared + C2)
    return brightness, contrast


def blurred(maps: Any, sigma: float) -> Any:
    """Maps (..., s, s) under a Gaussian window that is cut at the edges."""
    side = maps.shape[-1]
    window = tf.constant(window_matrix(side, sigma))
    # One axis of maps: over several of which one is 1, oneDNN's product runs beyond its memory.
    flat = tf.reshape(maps, (-1, side, side))
    flat = tf.matmul(window, tf.matmul(flat, window, transpose_b=True))
    return tf.reshape(flat, tf.shape(maps))


def focal_frequency(real: Any, drawn: Any) -> Any:
    """The squared error of each frequency, those that are worst weighing most: to a number.

    Jiang et al., "Focal frequency loss for image reconstruction and synthesis", 2021, equations 8
    and 9, alpha 1; the weights are no part of the gradient.
    """
    # The transform takes the last two axes; it is linear, and its unit keeps energies.
    apart = tf.transpose(real - drawn, (0, 3, 1, 2))
    spectrum = tf.signal.fft2d(tf.cast(apart, tf.complex64)) / apart.shape[-1]
    squared = tf.math.real(spectrum) ** 2 + tf.math.imag(spectrum) ** 2
    distance = tf.sqrt(squared)
    worst = tf.reduce_max(distance, (2, 3), keepdims=True)
    return tf.reduce_mean(tf.stop_gradient(tf.math.divide_no_nan(distance, worst)) * squared)


def slopes(maps: Any) -> tuple[Any, Any]:
    """The differences of neighbours along rows, and along columns, of maps (n, s, s, ...)."""
    return maps[:, :, 1:] - maps[:, :, :-1], maps[:, 1:] - maps[:, :-1]


def detail(pictures: Any) -> Any:
    """How pixels differ from the mean of themselves and their neighbours, (n, h, w, c)."""
    import tensorflow as tf

    return pictures - tf.nn.avg_pool2d(pictures, 3, 1, "SAME")


def window_matrix(size: int, sigma: float = SIGMA) -> NDArray[np.float32]:
    """(size, size) rows of Gaussian weights around each place, cut at the edges; each adds to 1."""
    distance = np.subtract.outer(np.arange(size), np.arange(size))
    weights = np.exp(-(distance**2) / (2 * sigma**2)) * (np.abs(distance) <= int(REACH * sigma))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def light(pictures: Any) -> Any:
    """The light (n, s, s) of pictures (n, s, s, 3)."""
    return tf.tensordot(pictures, tf.constant(LIGHT, pictures.dtype), 1)

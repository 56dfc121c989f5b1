"""What keeps a critic's slope, or a generator's weights, within bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import tensorflow as tf

#: Added to a squared norm: the root has no gradient at 0.
EPSILON = 1e-12

Score = Callable[[Any], Any]


def gradient_penalty(score: Score, real: Any, fake: Any, share: Any) -> Any:
    """Mean of (slope - 1)² of a critic between real and made pictures (Gulrajani et al. 2017).

    The slope is each picture's own: the norm of the gradient of its score, over rows, columns and
    channels. So the penalty is the same at any size of batch.

    Args:
        score: The critic, (n, h, w, c) to (n,); no layer of it may look across the batch.
        real: (n, h, w, c).
        fake: (n, h, w, c).
        share: (n, 1, 1, 1) from 0 to 1, how much of the real picture is in the mixture.
    """
    slopes = tf.sqrt(_squared_slopes(score, share * real + (1.0 - share) * fake) + EPSILON)
    return tf.reduce_mean((slopes - 1.0) ** 2)


def real_slope(score: Score, real: Any) -> Any:
    """Mean of half the squared slope at real pictures, R1 of Mescheder et al. 2018."""
    return tf.reduce_mean(_squared_slopes(score, real)) / 2.0


def drift(scores: Any) -> Any:
    """Mean of the squared scores of real pictures: keeps them from wandering (Karras 2018)."""
    return tf.reduce_mean(scores**2)


def crossing(kernels: Iterable[Any]) -> Any:
    """How far kernels' columns are from being at right angles (Brock et al. 2019, equation 3).

    The sum of the squares of WᵀW off its diagonal, W being a kernel as (inputs, outputs).
    """
    total = tf.constant(0.0)
    for kernel in kernels:
        matrix = tf.reshape(tf.cast(kernel, tf.float32), (-1, kernel.shape[-1]))
        products = tf.matmul(matrix, matrix, transpose_a=True)
        total += tf.reduce_sum((products - tf.linalg.diag(tf.linalg.diag_part(products))) ** 2)
    return total


def clip(variables: Iterable[Any], limit: float) -> None:
    """Hold each of the weights within -`limit` to `limit` (Arjovsky et al. 2017).

    Give it what is learnt alone: clipped as well, a batch normalisation's variance of 1 would be
    `limit`.
    """
    for variable in variables:
        variable.assign(tf.clip_by_value(tf.convert_to_tensor(variable), -limit, limit))


def _squared_slopes(score: Score, pictures: Any) -> Any:
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(pictures)
        # Of the sum, not of the mean: no picture's slope depends on how many there are.
        total = tf.reduce_sum(score(pictures))
    slopes = tape.gradient(total, pictures)
    return tf.reduce_sum(slopes**2, axis=(1, 2, 3))

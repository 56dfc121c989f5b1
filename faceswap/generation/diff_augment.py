"""Changes of pictures that a gradient goes through, so that few real ones are not learnt by heart.

Zhao et al. 2020: the critic sees real and made pictures after the same kind of random change, also
when the generator learns from it. So it cannot know the real ones one by one, and the changes do
not find their way into what is made.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

#: What can be chosen: none, light and tint; moves as well; a square cut out as well.
POLICIES = ("none", "color", "move", "all")
#: Farthest move, and the side of the square, in parts of the picture.
MOVE, SQUARE = 1 / 8, 1 / 2


def changed(pictures: Any, policy: str, seeds: Any) -> Any:
    """Each picture changed at random; `seeds` is a `keras.random.SeedGenerator`.

    Args:
        pictures: (n, h, w, 3) from -1 to 1, 0 being what comes in where something is cut off.
        policy: One of `POLICIES`.
        seeds: Where the random numbers come from.
    """
    strength = POLICIES.index(policy)
    for change in (_tinted, _moved, _cut)[:strength]:
        pictures = change(pictures, seeds)
    return pictures


def _chances(pictures: Any, seeds: Any) -> Any:
    count = tf.shape(pictures)[0]
    return keras.random.uniform((count, 1, 1, 1), seed=seeds)


def _tinted(pictures: Any, seeds: Any) -> Any:
    """Brightness by up to 0.5, then colourfulness 0 to 2 times, contrast 0.5 to 1.5 times."""
    pictures += _chances(pictures, seeds) - 0.5
    grey = tf.reduce_mean(pictures, -1, keepdims=True)
    pictures = (pictures - grey) * (2.0 * _chances(pictures, seeds)) + grey
    mean = tf.reduce_mean(pictures, (1, 2, 3), keepdims=True)
    return (pictures - mean) * (_chances(pictures, seeds) + 0.5) + mean


def _moved(pictures: Any, seeds: Any) -> Any:
    for axis, letters in ((1, "nij,njwc->niwc"), (2, "nij,nhjc->nhic")):
        size = pictures.shape[axis]
        reach = max(1, round(size * MOVE))
        chance = _chances(pictures, seeds)[:, 0, 0]
        shift = tf.cast(tf.floor(chance * (2 * reach + 1)), tf.int32) - reach
        # A row of zeros where it would read outside.
        taken = tf.one_hot(tf.range(size)[None] + shift, size)
        pictures = tf.einsum(letters, taken, pictures)
    return pictures


def _cut(pictures: Any, seeds: Any) -> Any:
    inside = [_within(pictures.shape[axis], _chances(pictures, seeds)) for axis in (1, 2)]
    square = inside[0][:, :, None, None] * inside[1][:, None, :, None]
    return pictures * (1.0 - square)


def _within(size: int, chance: Any) -> Any:
    """(n, size) 1 where a length of `SQUARE` about a random place lies."""
    middle = chance[:, 0, 0] * size
    away = tf.abs(tf.range(size, dtype=tf.float32)[None] + 0.5 - middle)
    return tf.cast(away < SQUARE * size / 2, tf.float32)

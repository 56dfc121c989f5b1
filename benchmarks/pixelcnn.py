"""Times how `pixelcnn` draws faces against a pass of its network for each pixel.

    python benchmarks/pixelcnn.py [FACES ...]

The network is as it was built: what it draws does not change its speed. *Plain* looks at all rows
down to each pixel anew; both draw the same levels, which is told. Seconds are the
processor's, after a first face of each by which graphs are traced.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time
from typing import Any

import keras
import numpy as np
import tensorflow as tf

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.pixelcnn import PixelCnn


def plain(net: Any) -> Any:
    """Draws levels as `net.drawn` does, by the whole network."""

    @tf.function(reduce_retracing=True)
    def pixel(until: Any, column: Any, chance: Any) -> Any:
        light = tf.cast(until, tf.float32)[..., None] / (net.levels - 1)
        likely = tf.nn.softmax(net(light, training=False)[:, -1, column])
        reached = tf.cumsum(likely, axis=-1) < chance[:, None]
        return tf.minimum(tf.reduce_sum(tf.cast(reached, tf.int32), -1), net.levels - 1)

    def drawn(grey: Any, known: Any, chance: Any) -> Any:
        made = grey.copy()
        for row, column in np.argwhere(~known):
            until = tf.constant(made[:, : row + 1])
            made[:, row, column] = pixel(until, tf.constant(column), chance[:, row, column])
        return made

    return drawn


def main(counts: list[int]) -> None:
    """Prints a line for each number of faces."""
    keras.utils.set_random_seed(0)
    model = PixelCnn()
    net = model.build()
    ways = {"plain": plain(net), "kept": net.drawn}
    side = model.size
    for count in (1, *counts):
        chance = np.random.default_rng(0).random((count, side, side)).astype(np.float32)
        blank, took, made = np.zeros(chance.shape, np.int32), {}, {}
        for name, draw in ways.items():
            begun = process_time()
            made[name] = draw(blank, np.zeros((side, side), bool), chance)
            took[name] = process_time() - begun
        same = (made["plain"] == made["kept"]).mean()
        if count > 1:
            print(
                f"{count:3d} faces of {side} px: {took['kept']:.1f} s; a pass a pixel "
                f"{took['plain']:.1f} s, {took['plain'] / took['kept']:.0f} times; "
                f"{same:.2%} of the pixels alike",
                flush=True,
            )


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [4])

"""PixelNet: how likely each grey level is at each place of a picture, given all before it."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from faceswap.networks.losses import light
from faceswap.networks.pixel_rows import PixelRows


class PixelNet(keras.Model):  # type: ignore[misc]  # Keras has no types
    """A network from grey levels (n, s, s, 1), from 0 to 1, to logits (n, s, s, levels).

    Its loss is what a pixel costs in bits; that of a picture is the sum over its pixels, and exact.
    """

    @property
    def levels(self) -> int:
        """Grey levels that it tells apart."""
        return int(self.outputs[0].shape[-1])

    def train_step(self, data: Any) -> Any:
        """One step on faces (n, s, s, 3) from 0 to 1."""
        faces, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        grey = self.grey(faces)
        return super().train_step((self._seen(grey), grey))

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """What a pixel costs: of the logits for levels `y`."""
        return tf.reduce_mean(_bits(y, y_pred))

    def grey(self, faces: Any) -> Any:
        """The levels (n, s, s), int32, of faces (n, s, s, 3) from 0 to 1."""
        return quantised(faces, self.levels)

    def bits(self, grey: Any) -> Any:
        """What each pixel (n, s, s) of levels (n, s, s) costs."""
        return _bits(grey, self(self._seen(grey), training=False))

    def drawn(
        self, grey: NDArray[np.int32], known: NDArray[np.bool_], chance: Any, psi: float = 1.0
    ) -> NDArray[np.int32]:
        """Levels (n, s, s), pixel by pixel, of which what is known (s, s) stays as it is.

        Args:
            grey: (n, s, s).
            known: Where `grey` counts.
            chance: (n, s, s) numbers from 0 to 1 that decide on each pixel.
            psi: Temperature: 0 takes the likeliest level.
        """
        made, above = grey.copy(), self._rows.start(len(grey))
        for row, given in enumerate(known):
            here = made[:, row], given, chance[:, row]
            made[:, row], above = self._row(tf.constant(row), *here, psi, above)
        return made

    @cached_property
    def _rows(self) -> PixelRows:
        return PixelRows(self)

    @cached_property
    def _row(self) -> Any:
        """`_drawn_row`, whose graph is traced once."""
        width = self.inputs[0].shape[2]
        signature = [
            tf.TensorSpec((), tf.int32),
            tf.TensorSpec((None, width), tf.int32),
            tf.TensorSpec((width,), tf.bool),
            tf.TensorSpec((None, width), tf.float32),
            tf.TensorSpec((), tf.float32),
            [tf.TensorSpec((None, *rows.shape[1:]), rows.dtype) for rows in self._rows.start(1)],
        ]
        return tf.function(self._drawn_row, input_signature=signature, autograph=False)

    def _drawn_row(self, row: Any, grey: Any, given: Any, chance: Any, psi: Any, above: Any) -> Any:
        """A row (n, w) with what is not given drawn, and what is above the next."""
        rows, known = self._rows, self._rows.ahead(row, above)

        def draw(before: Any, here: Any) -> Any:
            place, stands, level, number = here
            logits, values = rows.at(place, known, before[1])
            level = tf.where(stands, level, self._chosen(logits, number, psi))
            return level, rows.passed(values, self._light(level), before[1])

        places = tf.range(grey.shape[1]), given, tf.transpose(grey), tf.transpose(chance)
        begin = grey[:, 0], rows.edge(tf.shape(grey)[0])
        drawn, lefts = tf.scan(draw, places, begin)
        drawn = tf.transpose(drawn)
        return drawn, rows.below(known, self._light(drawn), lefts, above)

    def _chosen(self, logits: Any, chance: Any, psi: Any) -> Any:
        likely = tf.nn.softmax(logits / tf.maximum(psi, 1e-3))
        reached = tf.cumsum(likely, axis=-1) < chance[:, None]
        return tf.minimum(tf.reduce_sum(tf.cast(reached, tf.int32), -1), self.levels - 1)

    def _light(self, grey: Any) -> Any:
        return tf.cast(grey, tf.float32) / (self.levels - 1)

    def _seen(self, grey: Any) -> Any:
        return self._light(grey)[..., None]


def quantised(faces: Any, levels: int) -> Any:
    """The grey levels (n, s, s), int32 below `levels`, of faces (n, s, s, 3) from 0 to 1."""
    found = tf.cast(light(tf.cast(faces, tf.float32)) * levels, tf.int32)
    return tf.clip_by_value(found, 0, levels - 1)


def _bits(grey: Any, logits: Any) -> Any:
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=grey, logits=logits)
    return loss / math.log(2)

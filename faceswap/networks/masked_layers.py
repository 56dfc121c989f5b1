"""Convolutions that see only what comes before a place, row by row."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

#: What of its kernel a convolution may see, by name: the places before its own, or its own too.
SIGHTS = ("before", "so_far", "above", "above_and_beside", "left", "left_and_own")


def sight(kernel: int, seen: str) -> NDArray[np.float32]:
    """(rows, kernel, 1, 1) ones where a kernel may look, and zeros.

    Args:
        kernel: Its side, odd; of "left" and "left_and_own" there is one row.
        seen: One of `SIGHTS`. "before" and "so_far" are the types A and B of van den Oord et al.
            2016; "above" are the rows over the place, "above_and_beside" its own row too.
    """
    middle = kernel // 2
    rows, columns = np.mgrid[-middle : middle + 1, -middle : middle + 1]
    if seen.startswith("left"):
        rows, columns = rows[middle : middle + 1], columns[middle : middle + 1]
    mask = {
        "before": (rows < 0) | (rows == 0) & (columns < 0),
        "so_far": (rows < 0) | (rows == 0) & (columns <= 0),
        "above": rows < 0,
        "above_and_beside": rows <= 0,
        "left": columns < 0,
        "left_and_own": columns <= 0,
    }[seen]
    return np.asarray(mask[:, :, None, None], np.float32)


class MaskedConv2D(keras.layers.Conv2D):  # type: ignore[misc]  # Keras has no types
    """A convolution of odd kernel, "same" padding, that sees a part of its kernel alone."""

    def __init__(self, filters: int, kernel: int, seen: str, **common: Any) -> None:
        """`seen` is one of `SIGHTS`."""
        self.seen, self.mask = seen, sight(kernel, seen)
        super().__init__(filters, self.mask.shape[:2], padding="same", **common)

    def call(self, inputs: Any) -> Any:
        """(n, h, w, channels) to (n, h, w, filters)."""
        kernel = self.kernel * tf.cast(self.mask, self.compute_dtype)
        return self.activation(tf.nn.bias_add(self.convolution_op(inputs, kernel), self.bias))

    @property
    def above(self) -> int:
        """Rows above a place that its kernel reaches."""
        return len(self.mask) // 2

    @property
    def beside(self) -> int:
        """Places to each side that its kernel reaches."""
        return int(self.mask.shape[1]) // 2

    def from_above(self, rows: Any) -> Any:
        """What comes to a row (n, 1, w, filters) from as many above it as are reached."""
        edges = [[0, 0], [0, 0], [self.beside] * 2, [0, 0]]
        return tf.nn.conv2d(rows, self._part(slice(self.above)), 1, edges)

    def along(self, row: Any, from_above: Any) -> Any:
        """(n, 1, v, filters) of its own row (n, 1, v, channels), with what is reached at each side.

        With `from_above`, this is what `call` finds there.
        """
        kernel = self._part(slice(self.above, self.above + 1))
        found = tf.nn.conv2d(tf.cast(row, kernel.dtype), kernel, 1, "VALID")
        bias = tf.cast(self.bias, self.compute_dtype)
        return self.activation(tf.nn.bias_add(found + from_above, bias))

    def _part(self, rows: slice) -> Any:
        return tf.cast(
            tf.convert_to_tensor(self.kernel)[rows] * self.mask[rows], self.compute_dtype
        )


class PlaceMap(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Numbers of each place's own, whatever the picture: a convolution cannot tell where it is."""

    def __init__(self, side: int, width: int, **common: Any) -> None:
        """Of pictures `side` wide and at most as high, `width` numbers a place."""
        super().__init__(**common)
        self.side, self.width = side, width

    def build(self, input_shape: Any) -> None:
        """Makes the map."""
        drawn = keras.initializers.RandomNormal(stddev=0.1)
        self.map = self.add_weight(
            shape=(self.side, self.side, self.width), initializer=drawn, name="map"
        )

    def call(self, inputs: Any) -> Any:
        """(1, h, w, width) for pictures (n, h, w, channels)."""
        return self.map[None, : keras.ops.shape(inputs)[1]]

    def row(self, row: Any) -> Any:
        """(1, 1, w, width) of a row alone."""
        return tf.cast(self.map[row][None, None], self.compute_dtype)


def gate(flow: Any) -> Any:
    """Half of the channels, each let through as far as one of the other half says."""
    carried, let = keras.ops.split(flow, 2, axis=-1)
    return keras.ops.tanh(carried) * keras.ops.sigmoid(let)


def gated_stacks(flow: Any, places: Any, width: int, depth: int, kernel: int) -> Any:
    """What all places before each say of it: (n, h, w, 1) to (n, h, w, width).

    Two stacks (van den Oord et al. 2016, "Conditional image generation with PixelCNN decoders",
    section 2.2): one sees the rows above, the other what is to the left in its own row and what
    the first has found. One stack of masked kernels is blind for a cone to the right. Each layer
    is told where it is by `places` (section 2.3, equation 5), and adds to the one before it.
    """

    def gated(found: Any) -> Any:
        return gate(found + keras.layers.Conv2D(2 * width, 1, use_bias=False)(places))

    above = gated(MaskedConv2D(2 * width, 7, "above")(flow))
    beside = MaskedConv2D(2 * width, 7, "left")(flow)
    beside = gated(beside + keras.layers.Conv2D(2 * width, 1)(above))
    for _ in range(depth):
        seen = MaskedConv2D(2 * width, kernel, "above_and_beside")(above)
        found = MaskedConv2D(2 * width, kernel, "left_and_own")(beside)
        found = gated(found + keras.layers.Conv2D(2 * width, 1)(seen))
        above = above + gated(seen)
        beside = beside + keras.layers.Conv2D(width, 1)(found)
    return beside


def single_stack(flow: Any, places: Any, width: int, depth: int, kernel: int) -> Any:
    """The same by one stack of residual blocks ("Pixel recurrent neural networks", section 3)."""
    flow = MaskedConv2D(2 * width, 7, "before", activation="relu")(flow)
    for _ in range(depth):
        here = keras.layers.Conv2D(width, 1, use_bias=False)(places)
        found = MaskedConv2D(width, 1, "so_far", activation="relu")(flow)
        found = MaskedConv2D(width, kernel, "so_far", activation="relu")(found + here)
        flow = flow + MaskedConv2D(2 * width, 1, "so_far", activation="relu")(found)
    return flow

"""Keras layers that the models are put together from."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from faceswap.precision import processor_flags

#: Maps of at most this many places are convolved as matrix products: on a CPU a convolution of few
#: places and many channels runs at a fraction of the speed of the same product. Where AMX makes
#: products faster than memory, that pays for larger maps.
SMALL_MAP, SMALL_MAP_AMX = 64, 256

#: The oval of an aligned face in a square from -1 to 1: half its width and height, its middle's y.
OVAL = (0.75, 0.95, -0.08)


class PatchConv2D(keras.layers.Conv2D):  # type: ignore[misc]  # Keras has no types
    """A `Conv2D` that works on small maps as matrix products, several times faster on a CPU.

    The weights, options and result are those of `keras.layers.Conv2D`: see `shifted_products`.
    Large maps, and any map on a GPU, go to the convolution.
    """

    def call(self, inputs: Any) -> Any:
        """The map convolved: (n, h, w, channels) to (n, h', w', filters)."""
        if self._fits(inputs.shape[1], inputs.shape[2]):
            kernel = tf.convert_to_tensor(self.kernel)
            out = shifted_products(inputs, kernel, self.strides[0])
        else:
            out = self.convolution_op(inputs, self.kernel)
        if self.use_bias:
            out = add_bias(out, tf.convert_to_tensor(self.bias))
        return self.activation(out)

    def _fits(self, height: int | None, width: int | None) -> bool:
        stride = self.strides[0]
        if not height or not width or height % stride or width % stride:
            return False
        square = len(set(self.kernel_size)) == 1 and len(set(self.strides)) == 1
        plain = self.padding == "same" and self.groups == 1 and set(self.dilation_rate) == {1}
        small = height * width <= small_map() and stride <= self.kernel_size[0]
        return small and square and plain and not tf.config.list_physical_devices("GPU")


class FlatDense(keras.layers.Dense):  # type: ignore[misc]  # Keras has no types
    """A `Dense` on (n, features) whose bias learns in bfloat16 as it does in float32."""

    def call(self, inputs: Any) -> Any:
        """(n, features) to (n, units)."""
        out = tf.matmul(inputs, tf.convert_to_tensor(self.kernel))
        return self.activation(add_bias(out, tf.convert_to_tensor(self.bias)))


class PixelShuffle(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """(n, h, w, b*b*c) to (n, b*h, b*w, c): channels laid out as pixels of a larger map."""

    def __init__(self, block: int = 2, **common: Any) -> None:
        """`block` is how many times larger the map becomes along each side."""
        super().__init__(**common)
        self.block = block

    def call(self, inputs: Any) -> Any:
        """The larger map."""
        return tf.nn.depth_to_space(inputs, self.block)


class PixelUnshuffle(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """(n, b*h, b*w, c) to (n, h, w, b*b*c): each square of pixels laid out as channels."""

    def __init__(self, block: int = 2, **common: Any) -> None:
        """`block` is how many times smaller the map becomes along each side."""
        super().__init__(**common)
        self.block = block

    def call(self, inputs: Any) -> Any:
        """The smaller map."""
        return tf.nn.space_to_depth(inputs, self.block)


class Join(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Two batches as one, the first before the second."""

    def call(self, inputs: Any) -> Any:
        """[(n, ...), (n, ...)] to (2n, ...)."""
        return tf.concat(inputs, axis=0)


class Halve(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """One batch as the two that `Join` made it of."""

    def call(self, inputs: Any) -> Any:
        """(2n, ...) to [(n, ...), (n, ...)]."""
        half = tf.shape(inputs)[0] // 2
        return [inputs[:half], inputs[half:]]


class TakeColor(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A picture with its colour's mean and spread taken out, seen through an oval, and these two.

    Statistics are per channel, over the oval that an aligned face fills. Without them, and without
    the background, a network cannot tell two people by their light, so it learns one code for both.
    """

    def __init__(self, **common: Any) -> None:
        """Float32 whatever the policy: an eighth of a bit of light is seen to flicker."""
        super().__init__(**{"dtype": "float32"} | common)

    def call(self, inputs: Any) -> Any:
        """(n, s, s, 3) to the same, and (n, 1, 1, 3) mean and deviation."""
        seen = tf.constant(oval(inputs.shape[1]))[None, :, :, None]
        share = seen / tf.reduce_sum(seen)
        mean = tf.reduce_sum(inputs * share, (1, 2), keepdims=True)
        centred = inputs - mean
        spread = tf.sqrt(tf.reduce_sum(centred**2 * share, (1, 2), keepdims=True) + 1e-4)
        return centred / spread * seen, mean, spread


class GiveColor(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A picture with the mean and deviation that `TakeColor` took of another, and its mask."""

    def __init__(self, **common: Any) -> None:
        """Float32, as `TakeColor`."""
        super().__init__(**{"dtype": "float32"} | common)

    def call(self, inputs: Any) -> Any:
        """(n, s, s, 4), mean and deviation to the coloured picture and its mask in [0, 1]."""
        drawn, mean, spread = inputs
        # Its gradient is one copy; that of two slices is two maps of zeros and their sum.
        picture, mask = tf.split(drawn, [3, 1], -1)
        return tf.concat([picture * spread + mean, tf.sigmoid(mask)], -1)


@tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
def add_bias(values: Any, bias: Any) -> Any:
    """`values` (..., c) + `bias` (c,), with a gradient that is right in bfloat16.

    TensorFlow's own gradient adds thousands of terms in bfloat16 and loses most of them: 39 % off
    over 8192 terms. A product with a row of ones adds in float32 (0.3 % off), twice as fast.
    """

    def gradient(upstream: Any) -> tuple[Any, Any]:
        flat = tf.reshape(upstream, (-1, bias.shape[0]))
        ones = tf.ones((1, tf.shape(flat)[0]), flat.dtype)
        return upstream, tf.reshape(tf.matmul(ones, flat), (-1,))

    return tf.nn.bias_add(values, bias), gradient


def both_sides(encoder: Any, source: Any, target: Any) -> Any:
    """One network that trains both sides in one step: a shared encoder, a decoder for each.

    Args:
        encoder: `keras.Model` from pictures to a code.
        source: `keras.Model` from a code to pictures of the source.
        target: `keras.Model` from a code to pictures of the target.

    Returns:
        A `SwapNet` from and to {"source": pictures, "target": pictures}. The parts are its
        layers, by the names they came with.
    """
    from faceswap.swap_net import SwapNet

    shape = encoder.input_shape[1:]
    inputs = {side: keras.Input(shape, name=side) for side in ("source", "target")}
    code = encoder(Join()([inputs["source"], inputs["target"]]))
    halves = Halve()(code)
    return SwapNet(inputs, {"source": source(halves[0]), "target": target(halves[1])})


@cache
def small_map() -> int:
    """How many places a map may have here to be convolved as matrix products."""
    return SMALL_MAP_AMX if "amx_bf16" in processor_flags() else SMALL_MAP


def oval(size: int) -> npt.NDArray[np.float32]:
    """(size, size) 1 where an aligned face is, falling to 0 towards the edges of its square."""
    along = (np.arange(size) + 0.5) / size * 2 - 1
    radius = np.hypot(along[None, :] / OVAL[0], (along[:, None] - OVAL[2]) / OVAL[1])
    return np.asarray(np.clip((1.1 - radius) / 0.2, 0, 1), np.float32)


class Tap(NamedTuple):
    """A place of a kernel over a map of which every `stride`th row and column is another map.

    Attributes:
        place: Its number in the kernel, row by row.
        phase: The number of the map that it reads, row by row.
        down, right: How far from the output's place it reads in that map.
    """

    place: int
    phase: int
    down: int
    right: int


def taps(height: int, width: int, kernel: int, stride: int) -> list[Tap]:
    """The places of a kernel that meet the map at all, padded as TensorFlow's "same"."""
    rows, columns = _offsets(height, kernel, stride), _offsets(width, kernel, stride)
    return [
        Tap(y * kernel + x, phase_y * stride + phase_x, down, right)
        for y, (down, phase_y) in enumerate(rows)
        for x, (right, phase_x) in enumerate(columns)
        if abs(down) < height // stride and abs(right) < width // stride
    ]


def _offsets(size: int, kernel: int, stride: int) -> list[tuple[int, int]]:
    before = max((size // stride - 1) * stride + kernel - size, 0) // 2
    return [divmod(place - before, stride) for place in range(kernel)]


def shifted_products(inputs: Any, kernel: Any, stride: int) -> Any:
    """A convolution with "same" padding as the sum of a matrix product for each of its taps.

    A tap multiplies those places alone whose input lies inside of the map: of a kernel of 3 on a
    map of 4 by 4 that is 69 % of the products that laid out patches take, of a kernel of 5 with
    stride 2 on 8 by 8 it is 72 %. Both gradients are done alike.

    Args:
        inputs: (n, h, w, channels); `stride` divides h and w.
        kernel: (k, k, channels, filters), k at least `stride`.
        stride: Of rows and columns.

    Returns:
        (n, h/stride, w/stride, filters).
    """
    side, _, channels, filters = kernel.shape
    reach = taps(inputs.shape[1], inputs.shape[2], side, stride)

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def products(inputs: Any, kernel: Any) -> Any:
        maps = _phases(inputs, stride)
        matrices = tf.unstack(tf.reshape(kernel, (side * side, channels, filters)))

        def gradient(upstream: Any) -> tuple[Any, Any]:
            parts: list[list[Any]] = [[] for _ in maps]
            learnt = [tf.zeros_like(matrices[0])] * len(matrices)
            for place, phase, down, right in reach:
                above, seen = (
                    _window(m, d, r)
                    for m, d, r in ((upstream, -down, -right), (maps[phase], down, right))
                )
                back = tf.matmul(above, matrices[place], transpose_b=True)
                parts[phase].append(_spread(back, maps[phase], -down, -right))
                learnt[place] = tf.matmul(seen, above, transpose_a=True)
            joined = tf.concat([tf.add_n(part) for part in parts], -1)
            into = joined if stride == 1 else tf.nn.depth_to_space(joined, stride)
            return into, tf.reshape(tf.stack(learnt), kernel.shape)

        sums = [
            _spread(
                tf.matmul(_window(maps[phase], down, right), matrices[place]),
                maps[phase],
                down,
                right,
            )
            for place, phase, down, right in reach
        ]
        return tf.add_n(sums), gradient

    return products(inputs, kernel)


def _phases(inputs: Any, stride: int) -> list[Any]:
    """The maps that are every `stride`th row and column of one."""
    if stride == 1:
        return [inputs]
    return list(tf.split(tf.nn.space_to_depth(inputs, stride), stride * stride, -1))


def _window(values: Any, down: int, right: int) -> Any:
    """Rows of channels: the places of a map that a tap reads, where it is inside."""
    height, width, channels = values.shape[1:]
    rows = slice(max(down, 0), height + min(down, 0))
    columns = slice(max(right, 0), width + min(right, 0))
    return tf.reshape(values[:, rows, columns], (-1, channels))


def _spread(rows: Any, like: Any, down: int, right: int) -> Any:
    """A tap's products at their places of a map as large as `like`, zeros where there is none."""
    height, width = like.shape[1:3]
    inside = (-1, height - abs(down), width - abs(right), rows.shape[-1])
    edges = [(max(-shift, 0), max(shift, 0)) for shift in (down, right)]
    return tf.pad(tf.reshape(rows, inside), [(0, 0), *edges, (0, 0)])

"""Keras layers that the models are put together from."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

#: Maps of at most this many places are convolved as patches times matrix: on a CPU a convolution
#: of few places and many channels runs at a fraction of the speed of the same matrix product.
SMALL_MAP = 256

#: The oval of an aligned face in a square from -1 to 1: half its width and height, its middle's y.
OVAL = (0.75, 0.95, -0.08)


class PatchConv2D(keras.layers.Conv2D):  # type: ignore[misc]  # Keras has no types
    """A `Conv2D` that works on small maps as one matrix product, several times faster on a CPU.

    The weights, options and result are those of `keras.layers.Conv2D`. A 0/1 matrix lays out the
    patches (so that the gradient is a matrix product too), and the kernel, seen as a matrix of
    (k*k*channels, filters), does the rest. Large maps, and any map on a GPU, go to the convolution.
    """

    def call(self, inputs: Any) -> Any:
        """The map convolved: (n, h, w, channels) to (n, h', w', filters)."""
        small = self._fits(inputs.shape[1], inputs.shape[2])
        out = self._product(inputs) if small else self.convolution_op(inputs, self.kernel)
        if self.use_bias:
            out = add_bias(out, tf.convert_to_tensor(self.bias))
        return self.activation(out)

    def _product(self, inputs: Any) -> Any:
        height, width, channels = inputs.shape[1:]
        choice, rows, columns = patch_matrix(height, width, self.kernel_size[0], self.strides[0])
        flat = tf.reshape(inputs, (-1, height * width, channels))
        patches = tf.matmul(tf.constant(choice, flat.dtype), flat)
        patches = tf.reshape(patches, (-1, self.kernel_size[0] ** 2 * channels))
        kernel = tf.reshape(tf.convert_to_tensor(self.kernel), (-1, self.filters))
        return tf.reshape(tf.matmul(patches, kernel), (-1, rows, columns, self.filters))

    def _fits(self, height: int | None, width: int | None) -> bool:
        if not height or not width or height * width > SMALL_MAP:
            return False
        square = len(set(self.kernel_size)) == 1 and len(set(self.strides)) == 1
        plain = self.padding == "same" and self.groups == 1 and set(self.dilation_rate) == {1}
        return square and plain and not tf.config.list_physical_devices("GPU")


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
        picture, mean, spread = inputs
        return tf.concat([picture[..., :3] * spread + mean, tf.sigmoid(picture[..., 3:])], -1)


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
        A `keras.Model` from and to {"source": pictures, "target": pictures}. The parts are its
        layers, by the names they came with.
    """
    shape = encoder.input_shape[1:]
    inputs = {side: keras.Input(shape, name=side) for side in ("source", "target")}
    code = encoder(Join()([inputs["source"], inputs["target"]]))
    halves = Halve()(code)
    return keras.Model(inputs, {"source": source(halves[0]), "target": target(halves[1])})


def oval(size: int) -> npt.NDArray[np.float32]:
    """(size, size) 1 where an aligned face is, falling to 0 towards the edges of its square."""
    along = (np.arange(size) + 0.5) / size * 2 - 1
    radius = np.hypot(along[None, :] / OVAL[0], (along[:, None] - OVAL[2]) / OVAL[1])
    return np.asarray(np.clip((1.1 - radius) / 0.2, 0, 1), np.float32)


def patch_matrix(
    height: int, width: int, kernel: int, stride: int
) -> tuple[npt.NDArray[np.float32], int, int]:
    """The 0/1 matrix that picks each output place's patch out of a flat map, and the output's size.

    Returns:
        A matrix (rows*columns*kernel*kernel, height*width) with a row of zeros wherever a patch
        hangs over the edge; the rows and columns of the output. Padding as TensorFlow's "same".
    """
    down, top = _same(height, kernel, stride)
    across, left = _same(width, kernel, stride)
    choice = np.zeros((down, across, kernel, kernel, height, width), np.float32)
    for out_y, out_x, y, x in np.ndindex(down, across, kernel, kernel):
        at_y, at_x = out_y * stride + y - top, out_x * stride + x - left
        if 0 <= at_y < height and 0 <= at_x < width:
            choice[out_y, out_x, y, x, at_y, at_x] = 1
    return choice.reshape(-1, height * width), down, across


def _same(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Places of the output along one axis, and the padding before its first."""
    places = -(-size // stride)
    return places, max((places - 1) * stride + kernel - size, 0) // 2

"""Keras layers that the models are put together from."""

from __future__ import annotations

from functools import cache
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from faceswap.networks.precision import processor_flags
from faceswap.networks.shifted_products import shifted_products

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
        return self.convolved(inputs, tf.convert_to_tensor(self.kernel))

    def convolved(self, inputs: Any, kernel: Any) -> Any:
        """The map convolved with `kernel` in place of the layer's own."""
        if self._fits(inputs.shape[1], inputs.shape[2]):
            out = shifted_products(inputs, kernel, self.strides[0])
        else:
            out = self.convolution_op(inputs, kernel)
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


class UnitScale(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """(n, features) over the root of the mean of their squares."""

    def __init__(self, **common: Any) -> None:
        """Float32 whatever the policy: a sum of thousands of squares is none in bfloat16."""
        super().__init__(**{"dtype": "float32"} | common)

    def call(self, inputs: Any) -> Any:
        """The same features, their squares' mean 1."""
        return inputs * tf.math.rsqrt(tf.reduce_mean(inputs**2, -1, keepdims=True) + 1e-6)


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
        """(n, s, s, 3 or 4), mean and deviation to the coloured picture, its mask in [0, 1]."""
        drawn, mean, spread = inputs
        if drawn.shape[-1] == 3:
            return drawn * spread + mean
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


def both_sides(encoder: Any, source: Any, target: Any, expressive: bool = False) -> Any:
    """One network that trains both sides in one step: a shared encoder, a decoder for each.

    Args:
        encoder: `keras.Model` from pictures to a code and, if it is expressive, the expression.
        source: `keras.Model` from a code to pictures of the source.
        target: `keras.Model` from a code to pictures of the target.
        expressive: Whether pictures are coded without their light, which is given back to them.

    Returns:
        A `SwapNet` from and to {"source": pictures, "target": pictures}, and "expression". The
        parts are its layers, by the names they came with; beside them `take` and `give`.
    """
    from faceswap.networks.swap_net import SwapNet

    inputs, plain, light = given(encoder.input_shape[1:], expressive)
    code, *told = keras.tree.flatten(encoder(plain))
    drawn = [part(half) for part, half in zip((source, target), Halve()(code), strict=True)]
    return SwapNet(inputs, outputs(drawn, light, told))


def given(shape: tuple[int, ...], expressive: bool) -> tuple[dict[str, Any], Any, list[Any]]:
    """What a `SwapNet` is given, and sees.

    Args:
        shape: Of a picture.
        expressive: Whether pictures are seen without their light.

    Returns:
        Its inputs by side, the pictures of both as the encoder sees them, and the light that was
        taken from these, if any was.
    """
    inputs = {side: keras.Input(shape, name=side) for side in ("source", "target")}
    faces = Join()([inputs["source"], inputs["target"]])
    plain, *light = TakeColor(name="take")(faces) if expressive else (faces,)
    return inputs, plain, light


def outputs(drawn: list[Any], light: list[Any], told: list[Any]) -> dict[str, Any]:
    """What a `SwapNet` draws and tells.

    Args:
        drawn: Pictures of the source and of the target.
        light: What `TakeColor` took of both sides' faces, if anything.
        told: The expression of both sides' faces, if it is told.
    """
    if light:
        give, halve = GiveColor(name="give"), Halve(dtype="float32")
        halves = zip(*(halve(one) for one in light), strict=True)
        drawn = [give([one, *own]) for one, own in zip(drawn, halves, strict=True)]
    return dict(zip(("source", "target", "expression"), [*drawn, *told], strict=False))


@cache
def small_map() -> int:
    """How many places a map may have here to be convolved as matrix products."""
    return SMALL_MAP_AMX if "amx_bf16" in processor_flags() else SMALL_MAP


def oval(size: int) -> npt.NDArray[np.float32]:
    """(size, size) 1 where an aligned face is, falling to 0 towards the edges of its square."""
    along = (np.arange(size) + 0.5) / size * 2 - 1
    radius = np.hypot(along[None, :] / OVAL[0], (along[:, None] - OVAL[2]) / OVAL[1])
    return np.asarray(np.clip((1.1 - radius) / 0.2, 0, 1), np.float32)

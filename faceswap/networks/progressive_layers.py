"""Layers of networks that grow: equalised weights, norms without a batch, diversity, fades."""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf

from faceswap.networks.layers import PatchConv2D, add_bias

#: What keeps the deviation through a leaky ReLU.
GAIN = math.sqrt(2)


class Equalized(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A layer whose weights are drawn from N(0, 1) and scaled when they are used.

    He's scale, gain / sqrt(inputs), is in the layer and not in the weights, so that steps of Adam,
    which are as long for all weights, are in proportion to what the weights do (Karras et al. 2018,
    4.1). Put it before `Dense` or `Conv2D` among the bases of a class.

    Args:
        gain: What the deviation is multiplied by.
        pace: How fast it learns; its first outputs do not depend on it.
    """

    def __init__(self, *shape: int, gain: float = GAIN, pace: float = 1.0, **common: Any) -> None:
        """See the class; `shape` and `common` are the layer's own."""
        drawn = keras.initializers.RandomNormal(0.0, 1.0 / pace)
        super().__init__(*shape, kernel_initializer=drawn, **common)
        self.gain, self.pace = gain, pace

    def scaled(self) -> Any:
        """The kernel to work with."""
        inputs = math.prod(self._kernel.shape[:-1])
        kernel = tf.cast(tf.convert_to_tensor(self._kernel), tf.float32)
        return tf.cast(kernel * (self.gain * self.pace / math.sqrt(inputs)), self.compute_dtype)


class EqualizedConv2D(Equalized, PatchConv2D):
    """A `Conv2D` with equalised weights."""

    def call(self, inputs: Any) -> Any:
        """The map convolved: (n, h, w, channels) to (n, h', w', filters)."""
        return self.convolved(inputs, self.scaled())


class EqualizedDense(Equalized, keras.layers.Dense):  # type: ignore[misc]  # Keras has no types
    """A `Dense` with equalised weights."""

    def call(self, inputs: Any) -> Any:
        """(n, features) to (n, units)."""
        bias = tf.convert_to_tensor(self.bias) * self.pace
        return self.activation(add_bias(tf.matmul(inputs, self.scaled()), bias))


class PixelNorm(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Each place's channels, or each row's features, brought to a root mean square of 1."""

    def call(self, inputs: Any) -> Any:
        """(..., c) to the same."""
        values = tf.cast(inputs, tf.float32)
        power = tf.reduce_mean(values**2, -1, keepdims=True)
        return tf.cast(values * tf.math.rsqrt(power + 1e-8), inputs.dtype)


class MinibatchDeviation(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A map with one channel more: how much the pictures of a group differ.

    The deviation of each number over the group, as the mean over rows, columns and channels: one
    number a group. So a critic sees a generator that makes the same picture again and again.

    Args:
        group: Pictures in a group; a batch that is no multiple of it is one group.
    """

    def __init__(self, group: int = 4, **common: Any) -> None:
        """See the class."""
        super().__init__(**{"dtype": "float32"} | common)
        self.group = group

    def call(self, inputs: Any) -> Any:
        """(n, h, w, c) to (n, h, w, c + 1)."""
        count = tf.shape(inputs)[0]
        size = tf.where(count % self.group == 0, self.group, count)
        grouped = tf.reshape(inputs, (size, -1, *inputs.shape[1:]))
        deviation = tf.sqrt(tf.math.reduce_variance(grouped, 0) + 1e-8)
        mean = tf.reduce_mean(deviation, (1, 2, 3), keepdims=True)
        laid = tf.tile(mean, (size, *inputs.shape[1:3], 1))
        return tf.concat([inputs, laid], -1)


class Fade(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """From one map to another: exactly the first at a share of 0, the second at 1."""

    def __init__(self, **common: Any) -> None:
        """Float32: bfloat16 would fade in steps."""
        super().__init__(**{"dtype": "float32"} | common)

    def call(self, inputs: Any) -> Any:
        """Maps (n, h, w, c) twice and the share (n, 1) of the second."""
        old, new, share = inputs
        share = share[:, :, None, None]
        return (1.0 - share) * old + share * new

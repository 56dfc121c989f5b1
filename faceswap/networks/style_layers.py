"""Layers by which a style decides what a map's channels look like."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from faceswap.networks.progressive_layers import EqualizedDense


class AdaIn(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Adaptive instance normalisation: mean and deviation of each channel are a style's to set.

    Each channel of each picture is brought to mean 0 and deviation 1 over rows and columns, then
    scaled and moved by what a dense layer makes of the style; by 1 and 0 to begin with (Karras et
    al. 2019, equation 1).
    """

    def build(self, input_shape: Any) -> None:
        """The dense layer."""
        shape, style = input_shape
        self.styled = EqualizedDense(2 * shape[-1], gain=1.0, dtype="float32")
        self.styled.build(style)

    def call(self, inputs: Any) -> Any:
        """A map (n, h, w, c) and styles (n, features) to a map."""
        given, style = inputs
        values = tf.cast(given, tf.float32)
        mean, variance = tf.nn.moments(values, (1, 2), keepdims=True)
        plain = (values - mean) * tf.math.rsqrt(variance + 1e-8)
        scale, move = tf.split(self.styled(style)[:, None, None], 2, -1)
        return tf.cast(plain * (1.0 + scale) + move, self.compute_dtype)


class AddNoise(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A map and noise, as much in each channel as it learns; none to begin with."""

    def build(self, input_shape: Any) -> None:
        """How much noise a channel gets."""
        self.strength = self.add_weight(
            name="strength", shape=(input_shape[0][-1],), initializer="zeros"
        )

    def call(self, inputs: Any) -> Any:
        """A map (n, h, w, c) and noise (n, h, w, 1) to a map."""
        given, noise = inputs
        return given + tf.cast(noise, given.dtype) * tf.convert_to_tensor(self.strength)


class MixStyles(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A style for each level: one up to a random level, another from there on.

    So neighbouring levels do not learn to rely on each other's styles (Karras et al. 2019, 3.1).

    Args:
        levels: How many there are.
        often: Share of the pictures that are of two styles.
    """

    def __init__(self, levels: int, often: float, **common: Any) -> None:
        """See the class."""
        super().__init__(**{"dtype": "float32"} | common)
        self.levels, self.often = levels, often

    def call(self, inputs: Any) -> Any:
        """Styles (n, features) twice, chances (n, 1) from 0 to 1 and levels in use (n, 1).

        To (n, levels, features).
        """
        first, second, chance, used = inputs
        # At the least one level is of the first; a chance above `often` leaves all of them.
        cut = 1 + tf.floor(chance / self.often * (used - 1))
        cut = tf.where(chance < self.often, cut, self.levels)
        whole = tf.range(self.levels, dtype=tf.float32)[None] < cut
        return tf.where(whole[:, :, None], first[:, None], second[:, None])


class LearnedConstant(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """The same map for every picture, learnt; ones to begin with.

    Args:
        side: Rows and columns.
        channels: Of the map.
    """

    def __init__(self, side: int, channels: int, **common: Any) -> None:
        """See the class."""
        super().__init__(**common)
        self.side, self.channels = side, channels

    def build(self, input_shape: Any) -> None:
        """The map."""
        shape = (1, self.side, self.side, self.channels)
        self.map = self.add_weight(name="map", shape=shape, initializer="ones")

    def call(self, inputs: Any) -> Any:
        """(n, ...) to (n, side, side, channels)."""
        return tf.repeat(tf.convert_to_tensor(self.map), tf.shape(inputs)[0], 0)

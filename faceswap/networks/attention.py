"""Self-attention: each place of a map sees all others."""

from __future__ import annotations

import math
from typing import Any

import keras
import tensorflow as tf

from faceswap.networks.layers import PatchConv2D
from faceswap.networks.spectral import SpectralConv2D


class SelfAttention(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A map to which each place adds what it takes from the places that match it.

    Zhang et al. 2019, as used in image synthesis: x + gamma * softmax(queries keys^T) values, with
    queries and keys of an eighth of the channels by 1x1 convolutions, and one gamma that begins
    at 0, so that a fresh layer changes nothing.

    Args:
        pool: Take keys and values from the maximum of each 2x2 places, values at half of the
            channels and widened again behind: a quarter of the work and memory (the authors'
            code). Without it values have all channels (their article).
        spectral: Whether the 1x1 convolutions are spectrally normalised.
        init: What their kernels are drawn from.
    """

    def __init__(
        self,
        pool: bool = False,
        spectral: bool = False,
        init: str = "glorot_uniform",
        **common: Any,
    ) -> None:
        """See the class; `common` is as for any layer."""
        super().__init__(**common)
        self.pool, self.spectral, self.init = pool, spectral, init

    def build(self, input_shape: Any) -> None:
        """The convolutions and gamma."""
        channels = input_shape[-1]
        narrow = max(1, channels // 8)
        self.queries, self.keys = (
            self._pointwise(narrow, "queries"),
            self._pointwise(narrow, "keys"),
        )
        self.values = self._pointwise(max(1, channels // 2) if self.pool else channels, "values")
        for layer in (self.queries, self.keys, self.values):
            layer.build(input_shape)
        if self.pool:
            self.widened = self._pointwise(channels, "widened")
            self.widened.build((*input_shape[:-1], self.values.filters))
        self.gamma = self.add_weight(name="gamma", shape=(), initializer="zeros")

    def call(self, inputs: Any, training: bool = False) -> Any:
        """(n, h, w, c) to the same."""
        said = {"training": training} if self.spectral else {}
        queries = self.queries(inputs, **said)
        keys, values = (self._seen(layer(inputs, **said)) for layer in (self.keys, self.values))
        taken = _taken(_rows(queries), _rows(keys), _rows(values))
        taken = tf.reshape(taken, (-1, *inputs.shape[1:3], values.shape[-1]))
        if self.pool:
            taken = self.widened(taken, **said)
        return inputs + tf.cast(tf.convert_to_tensor(self.gamma), inputs.dtype) * taken

    def _pointwise(self, filters: int, name: str) -> Any:
        kind = SpectralConv2D if self.spectral else PatchConv2D
        own = {"use_bias": False, "kernel_initializer": self.init, "dtype": self.dtype_policy}
        return kind(filters, 1, name=name, **own)

    def _seen(self, places: Any) -> Any:
        return tf.nn.max_pool2d(places, 2, 2, "SAME") if self.pool else places


def _rows(places: Any) -> Any:
    """(n, h, w, c) to (n, h*w, c)."""
    return tf.reshape(places, (-1, math.prod(places.shape[1:3]), places.shape[-1]))


def _taken(queries: Any, keys: Any, values: Any) -> Any:
    """What each query takes of the values, by its likeness to the keys."""
    # In float32: of thousands of shares, bfloat16 would not add up to 1.
    likeness = tf.cast(tf.matmul(queries, keys, transpose_b=True), tf.float32)
    return tf.matmul(tf.cast(tf.nn.softmax(likeness), values.dtype), values)

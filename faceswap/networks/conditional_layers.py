"""Layers that a label takes part in."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from faceswap.networks.spectral import SpectralDense


class ConditionalBatchNorm(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Batch normalisation whose scale and offset are a condition's to set.

    With labels of which one is 1 there is a scale and an offset for each class and channel
    (Dumoulin et al. 2017); with numbers of any kind, a linear map of them (Brock et al. 2019). In
    training the statistics are the batch's; their running means are kept for drawing.
    """

    def build(self, input_shape: Any) -> None:
        """The normalisation, and the map from the condition."""
        shape, condition = input_shape
        self.norm = keras.layers.BatchNormalization(center=False, scale=False, momentum=0.9)
        self.norm.build(shape)
        drawn = keras.initializers.RandomNormal(0.0, 0.02)
        self.table = self.add_weight(
            name="table", shape=(condition[-1], 2 * shape[-1]), initializer=drawn
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        """A map (n, h, w, c) and conditions (n, features) to a map."""
        given, condition = inputs
        table = tf.convert_to_tensor(self.table)
        scale, move = tf.split(tf.matmul(tf.cast(condition, table.dtype), table), 2, -1)
        plain = self.norm(given, training=training)
        return plain * (1.0 + scale[:, None, None]) + move[:, None, None]


class Projection(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A score of a picture's features, and how well they go with its label.

    A dense layer of the features' sum over the map, and their product with what the label stands
    for (Miyato and Koyama 2018). Both are spectrally normalised.

    Args:
        init: What both kernels are drawn from.
    """

    def __init__(self, init: str = "glorot_uniform", **common: Any) -> None:
        """See the class; `common` is as for any layer."""
        super().__init__(**common)
        self.init = init

    def build(self, input_shape: Any) -> None:
        """The dense layer and a vector for each label."""
        shape, labels = input_shape
        own = {"kernel_initializer": self.init, "dtype": "float32"}
        self.score = SpectralDense(1, name="score", **own)
        self.meaning = SpectralDense(shape[-1], use_bias=False, name="meaning", **own)
        self.score.build((None, shape[-1]))
        self.meaning.build(labels)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """A map (n, h, w, c) and labels (n, classes) to scores (n, 1), float32."""
        given, labels = inputs
        features = tf.reduce_sum(tf.cast(given, tf.float32), (1, 2))
        meaning = self.meaning(tf.cast(labels, tf.float32), training=training)
        fits = tf.reduce_sum(meaning * features, -1, keepdims=True)
        return self.score(features, training=training) + fits

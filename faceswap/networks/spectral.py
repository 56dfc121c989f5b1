"""Spectral normalisation: layers whose matrix lengthens no vector."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from faceswap.networks.layers import PatchConv2D


class Spectral(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A layer that works with its kernel divided by the kernel's largest singular value.

    Miyato et al. 2018, algorithm 1: one step of the power iteration a training step, on the kernel
    as a (inputs, outputs) matrix; the direction is kept and the kernel itself stays as it is, so
    that the gradient sees the division. (Keras' own wrapper overwrites the kernel, and no gradient
    goes through the norm.) Put it before `Dense` or `Conv2D` among the bases of a class.
    """

    def build(self, input_shape: Any) -> None:
        """The layer's own weights, and the direction that the kernel lengthens most."""
        super().build(input_shape)
        self.direction = self.add_weight(
            name="direction",
            shape=(self._kernel.shape[-1],),
            initializer="random_normal",
            trainable=False,
            autocast=False,
        )

    def normal_kernel(self, training: bool) -> Any:
        """The kernel to work with, of norm 1; in training the direction is brought up to date."""
        kernel = tf.cast(tf.convert_to_tensor(self._kernel), tf.float32)
        matrix = tf.reshape(kernel, (-1, kernel.shape[-1]))
        still = tf.stop_gradient(matrix)
        # A fresh direction, or a mean of several, has not the length of 1.
        direction = tf.math.l2_normalize(self.direction)
        found = tf.math.l2_normalize(tf.linalg.matvec(still, direction))
        if training:
            direction = tf.math.l2_normalize(tf.linalg.matvec(still, found, transpose_a=True))
            self.direction.assign(direction)
        most = tf.tensordot(found, tf.linalg.matvec(matrix, direction), 1)
        return tf.cast(kernel / most, self.compute_dtype)


class SpectralConv2D(Spectral, PatchConv2D):
    """A `Conv2D` with spectral normalisation."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The map convolved: (n, h, w, channels) to (n, h', w', filters)."""
        return self.convolved(inputs, self.normal_kernel(training))


class SpectralDense(Spectral, keras.layers.Dense):  # type: ignore[misc]  # Keras has no types
    """A `Dense` with spectral normalisation."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        """(n, features) to (n, units)."""
        out = tf.matmul(inputs, self.normal_kernel(training))
        if self.use_bias:
            out = tf.nn.bias_add(out, tf.convert_to_tensor(self.bias))
        return out if self.activation is None else self.activation(out)

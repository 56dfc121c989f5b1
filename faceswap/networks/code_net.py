"""CodeNet: a network that draws a face from the few numbers it finds in it."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from faceswap.networks.gathering import Gathering

#: A latent whose mean differs from face to face by no more variance says nothing of a face (Burda
#: et al. 2016).
ACTIVE = 0.01


def divergence(mean: Any, logvar: Any) -> Any:
    """Kullback and Leibler's divergence (n, k) of Gaussians (n, k) from the standard one.

    Of each number, in nats: ½ (σ² + μ² - 1 - log σ²).
    """
    return 0.5 * (ops.exp(logvar) + mean**2 - 1 - logvar)


class CodeNet(keras.Model):  # type: ignore[misc]  # Keras has no types
    """An autoencoder, variational or plain; it learns from batches of faces alone.

    With a `beta` of 0 the deviation of a pixel from what is drawn is learnt, as one number for all
    (Rybkin et al. 2021): the summed log likelihood and the summed divergence weigh what they weigh.
    Above 0 the loss is the summed squared error and `beta` times the divergence. The loss that is
    shown is a number's, of the picture's. Beside it are shown the divergence, how many latents are
    in use, and the divergence of one of those.

    Args:
        encoder: From faces to means and, if variational, logarithms of variances (n, latent).
        decoder: From latents (n, latent) to faces.
        variational: Whether latents are drawn, and held to a standard Gaussian.
        beta: See above.
    """

    def __init__(self, encoder: Any, decoder: Any, variational: bool, beta: float = 0.0) -> None:
        super().__init__(name="code_net")
        self.encoder, self.decoder = encoder, decoder
        self.variational, self.beta = variational, beta
        self.gathering = Gathering(decoder.input_shape[-1])
        self.noise = keras.random.SeedGenerator()
        self.squares = keras.metrics.Mean(name="mse")
        self.apart = keras.metrics.Mean(name="kl")
        self.active = keras.metrics.Mean(name="active")
        self.each = keras.metrics.Mean(name="kl_active")
        self.numbers = math.prod(encoder.input_shape[1:])
        self.built = True

    def call(self, faces: Any, training: bool = False) -> Any:
        """What is drawn of faces, and the means and log variances of their latents."""
        ends = self.encoder(faces, training=training)
        # Keras gives one output as it is.
        mean = ends[0] if self.variational else ends
        if not self.variational:
            return self.decoder(mean, training=training), mean, ops.zeros_like(mean)
        logvar = ops.clip(ends[1], -12.0, 6.0)
        latent = mean
        if training:
            noise = keras.random.normal(ops.shape(mean), seed=self.noise, dtype="float32")
            latent = mean + ops.exp(logvar / 2) * noise
        return self.decoder(latent, training=training), mean, logvar

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """What it is to make small; the latents are gathered beside."""
        drawn, mean, logvar = y_pred
        error = ops.sum((drawn - ops.cast(x, "float32")) ** 2, axis=(1, 2, 3))
        mse = ops.mean(error) / self.numbers
        self.squares.update_state(mse)
        variance = ops.exp(logvar) if self.variational else ops.zeros_like(mean)
        self.gathering(ops.stop_gradient(mean), ops.stop_gradient(variance))
        if not self.variational:
            return mse
        apart = self._apart(mean, logvar)
        if self.beta:
            return (ops.mean(error) + self.beta * apart) / self.numbers
        likelihood = 0.5 * ops.log(2 * math.pi * math.e * ops.maximum(mse, 1e-7))
        return likelihood + apart / self.numbers

    def _apart(self, mean: Any, logvar: Any) -> Any:
        """The divergence of a face's latents; which of them are in use is noted beside."""
        each = ops.mean(divergence(mean, logvar), axis=0)
        active = ops.cast(ops.var(mean, axis=0) > ACTIVE, each.dtype)
        count = ops.sum(active)
        self.active.update_state(count)
        self.each.update_state(ops.sum(active * each) / ops.maximum(count, 1))
        self.apart.update_state(ops.sum(each))
        return ops.sum(each)

"""Gathering: the Gaussian of the latents that a network has encoded, as it is trained."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

#: Least part of a batch in the running mean: the last 200 batches or so count.
LATEST = 1 / 200


class Gathering(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Keeps the running mean and covariance of latents, and samples from their Gaussian.

    It is the aggregated posterior's Gaussian: E q(z|x) has the covariance Cov[mean] + E[variance].
    Sampled from the prior instead, a decoder is asked for what it never saw.

    Args:
        count: Latents.
    """

    def __init__(self, count: int) -> None:
        super().__init__(dtype="float32", name="gathering")
        kept = {"trainable": False, "dtype": "float32"}
        self.middle = self.add_weight(shape=(count,), initializer="zeros", name="middle", **kept)
        self.spread = self.add_weight(
            shape=(count, count), initializer="identity", name="spread", **kept
        )
        self.seen = self.add_weight(shape=(), initializer="zeros", name="seen", **kept)
        self.built = True

    def call(self, mean: Any, variance: Any) -> Any:
        """Takes a batch in: means and variances (n, count) of latents; gives the means."""
        self.seen.assign_add(1.0)
        part = ops.maximum(1 / self.seen, LATEST)
        self.middle.assign(self.middle + part * (ops.mean(mean, axis=0) - self.middle))
        away = mean - self.middle
        own = ops.matmul(ops.transpose(away), away) / ops.cast(ops.shape(mean)[0], "float32")
        own = own + ops.diag(ops.mean(variance, axis=0))
        self.spread.assign(self.spread + part * (own - self.spread))
        return mean

    def sample(self, count: int, seed: int, psi: float = 1.0) -> NDArray[np.float32]:
        """(count, latents): the mean, and `psi` times as far from it as the latents were."""
        middle, spread = (np.asarray(v.numpy(), np.float64) for v in (self.middle, self.spread))
        values, vectors = np.linalg.eigh(spread)
        root = vectors * np.sqrt(values.clip(0))
        noise = np.random.default_rng(seed).standard_normal((count, len(middle)))
        return np.asarray(middle + psi * noise @ root.T, np.float32)

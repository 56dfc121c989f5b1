"""Lion: steps that are all of one length."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from faceswap.optimizers.stepping import Stepping


class Lion(Stepping, keras.optimizers.Lion):  # type: ignore[misc]  # Keras has no types
    """Lion (Chen et al. 2023): the sign of the gradients' mean, at a tenth of Adam's rate.

    u = sign(.9 m + .1 g); w -= rate u; m = .99 m + .01 g. It keeps one number of each weight.
    """

    def move(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One step of a weight."""
        rate = 0.1 * tf.cast(learning_rate, tf.float32)
        keras.optimizers.Lion.update_step(self, gradient, variable, rate)

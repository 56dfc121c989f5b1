"""AdaBelief as DeepFaceLab uses it."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from faceswap.optimizers.stepping import Stepping

#: How much of the means is kept, and the least that a step is divided by.
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-6


class AdaBelief(Stepping, keras.optimizers.Optimizer):  # type: ignore[misc]  # Keras has no types
    """Steps that are long where gradients are as expected (Zhuang et al. 2020).

    m = .9 m + .1 g; v = .999 v + .001 (g - m)^2; w -= rate m / (sqrt(v) + 1e-6). As in DeepFaceLab
    the means are not corrected for beginning at 0.
    """

    def __init__(self, learning_rate: float, name: str = "ada_belief", **common: Any) -> None:
        super().__init__(learning_rate, name=name, **common)

    def remember(self, variables: Any) -> None:
        """Two means of each weight."""
        self._means, self._spreads = self.add_optimizer_variables(variables, ["m", "v"])

    def move(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """One step of a weight."""
        index = self._get_variable_index(variable)
        mean, spread = self._means[index], self._spreads[index]
        gradient = tf.cast(gradient, tf.float32)
        self.assign_add(mean, (1 - BETA_1) * (gradient - mean))
        self.assign_add(spread, (1 - BETA_2) * ((gradient - mean) ** 2 - spread))
        step = tf.cast(learning_rate, tf.float32) / (tf.sqrt(spread) + EPSILON)
        self.assign_sub(variable, step * mean)

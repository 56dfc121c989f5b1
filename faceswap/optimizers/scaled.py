"""Scaled: an optimiser of float16, whose small gradients would be none."""

from __future__ import annotations

from typing import Any

import keras


def scaled(optimizer: Any) -> Any:
    """The optimiser, with what it needs where networks are built in float16."""
    half = keras.config.dtype_policy().compute_dtype == "float16"
    return Scaled(optimizer) if half else optimizer


class Scaled(keras.optimizers.LossScaleOptimizer):  # type: ignore[misc]  # Keras has no types
    """Steps along gradients of a loss scaled up, or none where that was too much for float16.

    Its `iterations` counts those too, where Keras' stands still: batches are drawn by that number,
    and a training that is gone on with has to take those of one that was not stopped.
    """

    @property
    def iterations(self) -> Any:
        """How many steps there were, with those that were left out."""
        # Of all optimisers; this one of Keras' gives that of the optimiser inside.
        return super(keras.optimizers.LossScaleOptimizer, self).iterations

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        """A step, or none."""
        if not self.built:
            # Keras would put this one's name before those of what the optimiser inside keeps, which
            # it does not where a checkpoint is read.
            self.build(trainable_variables)
        super().apply(grads, trainable_variables)
        self.iterations.assign_add(1)

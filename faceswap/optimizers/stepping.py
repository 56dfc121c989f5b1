"""Stepping: what all optimisers here can do beside their own step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

#: The running mean is kept less at the beginning, so that it forgets what was drawn at random.
YOUNG = 9.0


class Stepping:
    """Part of an optimiser of Keras; a subclass brings `move`, which takes the step of a weight.

    Attributes:
        share: Makes of this process's gradients those of all that learn together.
        longest: What the gradient of all weights together is shortened to; 0 for nothing.
        average: How much of the weights' running mean is kept at each step; 0 for no mean.
        moved: Share of a weight's numbers that a step moves, others each time; 0 for all.
    """

    share: Callable[[list[Any]], list[Any]] | None = None
    longest: float = 0.0
    average: float = 0.0
    moved: float = 0.0

    def build(self: Any, variables: Any) -> None:
        """Its own numbers, and after them, as they may come and go, the weights' running means."""
        if self.built:
            return
        super().build(variables)  # type: ignore[misc]  # of Keras
        self.remember(variables)
        self.means = []
        if self.average:
            self.means = [self.add_variable_from_reference(v, name="mean") for v in variables]

    def remember(self: Any, variables: Any) -> None:
        """Add what it keeps of each weight beyond what its class of Keras does."""

    def apply(self: Any, grads: Any, trainable_variables: Any = None) -> None:
        """One step along the gradients, of this process or of all; None is none."""
        grads = list(grads)
        there = [grad for grad in grads if grad is not None]
        if self.share:
            there = self.share(there)
        if self.longest:
            there = self._clipped(there)
        rest = iter(there)
        grads = [grad if grad is None else next(rest) for grad in grads]
        super().apply(grads, trainable_variables)  # type: ignore[misc]  # of Keras

    def _clipped(self: Any, grads: list[Any]) -> list[Any]:
        """The gradient of the whole batch, not longer than `longest`, as each device's part."""
        devices = tf.distribute.get_strategy().num_replicas_in_sync
        if devices > 1:
            context = tf.distribute.get_replica_context()
            grads = context.all_reduce(tf.distribute.ReduceOp.SUM, grads)
        clipped, _ = tf.clip_by_global_norm(grads, self.longest)
        return [grad / devices for grad in clipped]

    def update_step(self: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Move `variable`, or some of it, along `gradient`; its mean follows."""
        before = tf.identity(variable) if self.moved else None
        self.move(gradient, variable, learning_rate)
        index = self._get_variable_index(variable)
        if self.moved:
            chosen = self._chosen(variable.shape, index)
            self.assign(variable, tf.where(chosen, tf.identity(variable), before))
        if self.average:
            step = tf.cast(self.iterations.value, tf.float32)
            kept = tf.minimum(self.average, step / (YOUNG + step))
            mean = self.means[index]
            self.assign_add(mean, (1 - kept) * (variable - mean))

    def _chosen(self: Any, shape: Any, index: int) -> Any:
        """Which numbers of a weight move: by the step alone, so that resuming changes nothing."""
        seed = tf.stack([tf.cast(self.iterations.value, tf.int32), index])
        return tf.random.stateless_uniform(shape, seed) < self.moved

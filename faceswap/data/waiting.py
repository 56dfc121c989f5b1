"""Waiting: what of a step of training was waiting for its batch."""

from __future__ import annotations

from time import perf_counter

import keras

from faceswap.clock import add
from faceswap.data.dataset import Made


class Waiting(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Counts what of a step was waiting for its batch, and what the network took."""

    def __init__(self, made: Made) -> None:
        """`made` is what `dataset.batches` fills in; without it, nothing waits."""
        super().__init__()
        self.made, self.begun = made, 0.0

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """From now on the network wants its batch."""
        self.begun = perf_counter()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """The step is done."""
        took = perf_counter() - self.begun
        step = int(self.model.optimizer.iterations.numpy()) - 1
        # The first batch is begun once the network is compiled: until then nothing waits.
        started, ready = self.made.pop(step, (0.0, 0.0))
        waited = min(took, max(0.0, ready - max(started, self.begun)))
        add({"waiting": waited, "network": took - waited})

"""Snapshots: copies of a model as it was at some steps of its training."""

from __future__ import annotations

from pathlib import Path

import keras

from faceswap.model import FaceModel, save
from faceswap.optimizers.averaged import averaged
from faceswap.storage import durable
from faceswap.weights import get_weights


class Snapshots(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Keeps the weights of every so many steps, each in a folder of its own.

    A folder is a model's: `train --from-model` and `compare` take it. There are no optimiser's
    numbers in it, so no training goes on from one as if nothing had been.
    """

    def __init__(self, folder: Path, model: FaceModel, every: int) -> None:
        """`every` is in steps."""
        super().__init__()
        self.folder, self.recipe, self.every = folder, model, every

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Keep the weights if it is the step."""
        step = int(self.model.optimizer.iterations.numpy())
        place = self.folder / f"{step:09d}"
        if step % self.every == 0 and not place.exists():
            draft = place.with_suffix(".partial")
            durable.remove(draft)
            draft.mkdir(parents=True)
            with averaged(self.model):
                save(draft, self.recipe, get_weights(self.model))
            durable.publish(draft, place)

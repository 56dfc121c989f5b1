"""Keeper: writes training's checkpoints, by the clock and when training is broken off."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from faceswap.errors import Diverged
from faceswap.stage import Progress
from faceswap.stopping import stop
from faceswap.training.checkpoint import Checkpoints
from faceswap.training.training import Clock

#: A network's number takes so many bytes of a checkpoint, with what the optimiser knows of it; a
#: disk takes so many a second, at worst; and the next set may take so many times the last one's.
BYTES, SPEED, MARGIN = 12, 1e8, 1.5


class Keeper(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Writes a checkpoint set every so many seconds, and whenever `save` is called."""

    def __init__(self, clock: Clock, checkpoints: Checkpoints, every: float) -> None:
        """`every` is in seconds."""
        super().__init__()
        self.clock, self.checkpoints, self.every = clock, checkpoints, every
        self.saved, self.when = clock.step, time.monotonic()
        self.took: float | None = None

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Save if it is time, or if the training ends here."""
        if self.model.stop_training or time.monotonic() - self.when >= self.every:
            self.save()

    def save(self) -> None:
        """Write the set of the step the network is at, unless it is there."""
        self.clock.step = int(self.model.optimizer.iterations.numpy())
        if self.clock.step > self.saved:
            began = time.monotonic()
            self.checkpoints.save(self.model, self.clock.state())
            self.took = time.monotonic() - began
        self.saved, self.when = self.clock.step, time.monotonic()

    def save_within(self, seconds: float) -> int:
        """Write the set if that takes no longer; gives the steps that are lost otherwise."""
        if self.model is None:
            return 0
        took = self._guess() if self.took is None else self.took
        step = int(self.model.optimizer.iterations.numpy())
        if step > self.saved and MARGIN * took > seconds:
            return step - self.saved
        self.save()
        return 0

    def _guess(self) -> float:
        """Seconds that the first set takes, by its size."""
        numbers = sum(int(np.prod(v.shape)) for v in self.model.trainable_variables)
        return numbers * BYTES / SPEED


@contextmanager
def guarded(keeper: Keeper, net: Any, progress: Progress, restarted: bool) -> Iterator[None]:
    """Save when interrupted; when the training diverges, leave the last good checkpoint.

    After a collapse that is one from before it began, if there is one.
    """
    try:
        yield
    except KeyboardInterrupt:
        lost = keeper.save_within(stop.left())
        if lost:
            progress.warn(
                f"the {lost} steps since step {keeper.saved} are lost: "
                "a checkpoint of this network takes longer than a stop may"
            )
        if restarted:
            progress.warn("to go on with what was learnt now, leave --restart out")
        raise
    except FloatingPointError as error:
        clock = keeper.clock
        if suspect := clock.collapse.seen.suspect:
            keeper.checkpoints.retreat(clock.step - suspect)
        good = [int(place.name) for place in keeper.checkpoints.sets()]
        step = int(net.optimizer.iterations.numpy())
        rate = float(net.optimizer.learning_rate)
        raise Diverged(
            f"training diverged at step {step}: {error}; rolled back to "
            f"step {max(good, default=0)}",
            f"run train again with --learning-rate below {rate:g}",
        ) from None

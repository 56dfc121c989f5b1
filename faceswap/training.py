"""What goes on beside the training: the bar, the limits, the history, checkpoints and pictures."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
from numpy.typing import NDArray

from faceswap import durable
from faceswap.checkpoint import Checkpoints, State
from faceswap.errors import FaceswapError
from faceswap.stage import Bar, Progress

#: Steps between two lines of the history; the loss shown is the mean over as many.
SEGMENT = 50


@dataclass
class Clock:
    """Steps and seconds of training, over all its resumptions, and where they are to end."""

    step: int = 0
    seconds: float = 0.0
    iterations: int = 0
    minutes: float = 0.0
    started: float = field(default_factory=time.monotonic)

    def state(self) -> State:
        """The counters as they stand."""
        return State(self.step, self.seconds + time.monotonic() - self.started)

    def bar(self, progress: Progress) -> Bar:
        """A bar over the steps where their number is limited, or else over the seconds."""
        if self.iterations:
            return progress.bar("train", self.iterations, self.step, "step")
        return progress.bar("train", round(60 * self.minutes), int(self.seconds), "s")

    @property
    def place(self) -> int:
        """How far the bar has come."""
        return self.step if self.iterations else int(self.state().seconds)

    @property
    def over(self) -> bool:
        """Whether a limit is reached; a limit of 0 is none."""
        late = self.minutes and self.state().seconds >= 60 * self.minutes
        return bool(late or (self.iterations and self.step >= self.iterations))


class Watch(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Counts the steps, moves the bar, and ends the training at its limit or when it diverges."""

    def __init__(self, clock: Clock, bar: Bar, images: int) -> None:
        """`images` is how many a step trains on."""
        super().__init__()
        self.clock, self.bar, self.images = clock, bar, images
        self.shown = clock.place

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """One step is done."""
        self.clock.step = int(self.model.optimizer.iterations)
        loss = float((logs or {}).get("loss", 0.0))
        if not np.isfinite(loss):
            raise FloatingPointError("the loss is not a finite number")
        before, self.shown = self.shown, self.clock.place
        figures = {"loss": f"{loss:.4f}", "images/s": f"{self.speed():.0f}"}
        self.bar.step(self.shown - before, **figures)
        self.model.stop_training = self.clock.over

    def speed(self) -> float:
        """Images a second since this run began."""
        took = time.monotonic() - self.clock.started
        return (self.clock.step - self._first) * self.images / max(took, 1e-9)

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """The first step is about to be taken."""
        self._first = self.clock.step


class Keeper(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Writes a checkpoint set every so many seconds, and whenever `save` is called."""

    def __init__(self, clock: Clock, checkpoints: Checkpoints, every: float) -> None:
        """`every` is in seconds."""
        super().__init__()
        self.clock, self.checkpoints, self.every = clock, checkpoints, every
        self.saved, self.when = clock.step, time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Save if it is time, or if the training ends here."""
        if self.model.stop_training or time.monotonic() - self.when >= self.every:
            self.save()

    def save(self) -> None:
        """Write the set of the step the network is at, unless it is there."""
        self.clock.step = int(self.model.optimizer.iterations)
        if self.clock.step > self.saved:
            self.checkpoints.save(self.model, self.clock.state())
        self.saved, self.when = self.clock.step, time.monotonic()


class History(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """One JSON line a segment: step, seconds, images a second and the mean of each loss."""

    def __init__(self, path: Path, clock: Clock, images: int) -> None:
        """Lines after the clock's step are of a run that was cut off, and go."""
        super().__init__()
        self.path, self.clock, self.images = path, clock, images
        self.last = clock.step
        lines = path.read_text(encoding="utf-8").splitlines(True) if path.exists() else []
        kept = [line for line in lines if line.endswith("\n") and _step(line) <= clock.step]
        durable.write(path, "".join(kept).encode())

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """A segment begins."""
        self.last, self.when = self.clock.step, time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """A segment is done."""
        speed = (self.clock.step - self.last) * self.images / (time.monotonic() - self.when)
        figures = {name: float(f"{value:.6g}") for name, value in (logs or {}).items()}
        state = self.clock.state()
        line = {"step": state.step, "seconds": round(state.seconds, 1), "images_s": round(speed, 1)}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line | figures) + "\n")


class Preview(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Writes a sheet every so many seconds, at the end of a segment."""

    def __init__(self, path: Path, draw: Callable[[Any], NDArray[np.uint8]], every: float) -> None:
        """`draw` makes an RGB picture from the network."""
        super().__init__()
        self.path, self.draw, self.every = path, draw, every
        self.when = -np.inf

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Write the sheet if it is time."""
        if time.monotonic() - self.when >= self.every:
            self.write(self.model)

    def write(self, net: Any) -> None:
        """Write the sheet."""
        done, data = cv2.imencode(".png", cv2.cvtColor(self.draw(net), cv2.COLOR_RGB2BGR))
        if not done:
            raise FaceswapError(f"{self.path} could not be encoded as PNG")
        durable.write(self.path, data.tobytes())
        self.when = time.monotonic()


def _step(line: str) -> int:
    try:
        return int(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return 1 << 62

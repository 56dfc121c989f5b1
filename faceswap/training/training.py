"""What goes on beside the training: bar, limits, rates, losses, measurements."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from faceswap.data.dataset import Made, batches
from faceswap.data.waiting import Waiting
from faceswap.networks.swap_net import SwapNet
from faceswap.optimizers.schedule import LEAST
from faceswap.stage import Bar, Progress
from faceswap.training.checkpoint import State
from faceswap.training.collapse import Collapse
from faceswap.training.history import History
from faceswap.training.team import Team

#: Steps between two lines of the history; the loss shown is the mean over as many.
SEGMENT = 50
#: Epochs, as Keras calls a segment of the history, that no training reaches.
FOREVER = 1 << 40
#: Of the training's time, what measuring may take where nothing depends on when it is done, and
#: what previews may.
SHARE = 0.015


@dataclass
class Clock:
    """Steps and seconds of training, over all its resumptions, and where they are to end."""

    step: int = 0
    seconds: float = 0.0
    iterations: int = 0
    minutes: float = 0.0
    finish: float = 0.0
    halved: int = 0
    collapse: Collapse = field(default_factory=Collapse)
    started: float = field(default_factory=time.monotonic)

    def state(self) -> State:
        """The counters as they stand."""
        seconds = self.seconds + time.monotonic() - self.started
        return State(self.step, seconds, halved=self.halved, losses=self.collapse.seen)

    def resume(self, state: State) -> None:
        """Go on from a checkpoint."""
        self.step, self.seconds = state.step, state.seconds
        self.halved = max(self.halved, state.halved)
        self.collapse.resume(state.losses)

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
    def said(self) -> str:
        """How far it has come, in words."""
        return f"step {self.step:,}, {self.state().seconds / 60:.1f} minutes"

    def ease(self, step: int) -> float:
        """How much is left at a step of what wanes over the last part, `finish`: 1 to `LEAST`.

        By steps where they are limited, so that the same training gives the same weights.
        """
        return min(1.0, max(LEAST, (1 - self.share(step)) / max(self.finish, 1e-9)))

    def share(self, step: int) -> float:
        """How much of the training is done at a step, from 0 to 1."""
        share = step / self.iterations if self.iterations else 0.0
        return max(share, self.state().seconds / 60 / self.minutes) if self.minutes else share

    @property
    def over(self) -> bool:
        """Whether a limit is reached; a limit of 0 is none."""
        late = self.minutes and self.state().seconds >= 60 * self.minutes
        return bool(late or (self.iterations and self.step >= self.iterations))


def learn(
    net: Any,
    pairs: Any,
    clock: Clock,
    rate: float,
    pace: Callable[[int], float],
    beside: list[Any],
) -> None:
    """Train until `beside`, the callbacks, end it; a step has the part of the rate `pace` gives."""
    made: Made = {}
    net.fit(
        batches(pairs, clock.step, made),
        epochs=FOREVER,
        steps_per_epoch=SEGMENT,
        callbacks=[Waiting(made), Easing(clock, rate, pace), *beside],
        shuffle=False,
        verbose=0,
    )


class Easing(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Gives each of the optimiser's steps its length.

    Large steps leave the weights shaking about what they have learnt: on a talking pair, 3,000
    steps of `lite` reach a loss of 0.29 where rate and warp ease, and 0.34 where not;
    the correlation of the eyes' opening rises from 0.59 to 0.89.
    """

    def __init__(self, clock: Clock, rate: float, pace: Callable[[int], float]) -> None:
        """`pace` gives the part of the rate by the step's number."""
        super().__init__()
        self.clock, self.rate, self.pace = clock, rate, pace

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """The step to come has its rate."""
        step = int(self.model.optimizer.iterations.numpy())
        part = self.pace(step)
        self.model.optimizer.learning_rate = self.rate * part
        if hasattr(self.model, "at"):
            self.model.at(self.clock.share(step), part)


class Watch(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Counts the steps, moves the bar, and ends the training at its limit or when it diverges."""

    def __init__(
        self, clock: Clock, bar: Bar, images: int, beside: Mapping[str, float] | None = None
    ) -> None:
        """`images` is how many a step trains on; `beside` is shown beside the loss."""
        super().__init__()
        self.clock, self.bar, self.images = clock, bar, images
        self.shown, self.beside = clock.place, {} if beside is None else beside

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """One step is done."""
        self.clock.step = int(self.model.optimizer.iterations.numpy())
        logs = logs or {}
        loss = float(logs.get("loss", 0.0))
        if not np.isfinite(loss):
            raise FloatingPointError("the loss is not a finite number")
        # What comes and goes by phases moves the loss, whatever is learnt.
        lasting = float(logs.get("lasting", loss))
        if isinstance(self.model, SwapNet) and self.clock.collapse(batch, lasting):
            raise FloatingPointError("the loss is as high again as where it began")
        before, self.shown = self.shown, self.clock.place
        figures = {"loss": f"{loss:.4f}", "images/s": f"{self.speed():.0f}"}
        terms = {name: f"{value:.3g}" for name, value in logs.items() if name != "loss"}
        self.bar.step(self.shown - before, **figures, **terms, **self.beside)
        self.model.stop_training = self.clock.over

    def speed(self) -> float:
        """Images a second since this run began."""
        took = time.monotonic() - self.clock.started
        return (self.clock.step - self._first) * self.images / max(took, 1e-9)

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """The first step is about to be taken."""
        self._first = self.clock.step


class Losses(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """A line of the history for each segment: images a second and the mean of each loss."""

    def __init__(self, history: History, clock: Clock, images: int) -> None:
        """`images` is how many a step trains on."""
        super().__init__()
        self.history, self.clock, self.images = history, clock, images

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """A segment begins."""
        self.last, self.when = self.clock.step, time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """A segment is done."""
        speed = (self.clock.step - self.last) * self.images / (time.monotonic() - self.when)
        losses = {name: float(f"{value:.6g}") for name, value in (logs or {}).items()}
        self.history.add(self.clock.state(), images_s=round(speed, 1), **losses)


class Shared(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Makes a segment's losses those of the whole batches, where processes have parts of them."""

    def __init__(self, team: Team) -> None:
        """`team` are the processes."""
        super().__init__()
        self.team = team

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """A segment is done; those called after this see the mean."""
        if self.team.several and logs:
            sums = self.team.added([np.array(value) for value in logs.values()])
            logs.update(zip(logs, (float(s) / self.team.parts for s in sums), strict=True))

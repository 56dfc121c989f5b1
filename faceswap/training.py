"""What goes on beside the training: bar, limits, rates, losses, measurements."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import msgspec
import numpy as np

from faceswap.best import Best
from faceswap.checkpoint import State
from faceswap.dataset import Made, batches
from faceswap.examiner import Examiner, Figures
from faceswap.history import History
from faceswap.model import Weights, get_weights
from faceswap.stage import Bar, Progress
from faceswap.team import Team
from faceswap.waiting import Waiting

#: Steps between two lines of the history; the loss shown is the mean over as many.
SEGMENT = 50
#: Epochs, as Keras calls a segment of the history, that no training reaches.
FOREVER = 1 << 40
#: What of the optimiser's rate and of the warp is left at the end.
LEAST = 0.05
#: Of the training's time, what measuring may take where nothing depends on when it is done.
SHARE = 0.015


@dataclass
class Clock:
    """Steps and seconds of training, over all its resumptions, and where they are to end."""

    step: int = 0
    seconds: float = 0.0
    iterations: int = 0
    minutes: float = 0.0
    finish: float = 0.0
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


def learn(net: Any, pairs: Any, clock: Clock, rate: float, beside: list[Any]) -> None:
    """Train until `beside`, the callbacks, end it; the rate eases from `rate` on."""
    made: Made = {}
    net.fit(
        batches(pairs, clock.step, made),
        epochs=FOREVER,
        steps_per_epoch=SEGMENT,
        callbacks=[Waiting(made), Easing(clock, rate), *beside],
        shuffle=False,
        verbose=0,
    )


class Easing(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Shortens the optimiser's steps towards the end, as the clock eases.

    Large steps leave the weights shaking about what they have learnt: on a talking pair, 3,000
    steps of `lite` reach a loss of 0.29 with this and a warp that eases alike, and 0.34 without;
    the correlation of the eyes' opening rises from 0.59 to 0.89.
    """

    def __init__(self, clock: Clock, rate: float) -> None:
        """`rate` is that of the beginning."""
        super().__init__()
        self.clock, self.rate = clock, rate

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """The step to come has its rate."""
        step = int(self.model.optimizer.iterations.numpy())
        left = self.clock.ease(step)
        self.model.optimizer.learning_rate = self.rate * left
        if hasattr(self.model, "at"):
            self.model.at(self.clock.share(step), left)


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
        loss = float((logs or {}).get("loss", 0.0))
        if not np.isfinite(loss):
            raise FloatingPointError("the loss is not a finite number")
        before, self.shown = self.shown, self.clock.place
        figures = {"loss": f"{loss:.4f}", "images/s": f"{self.speed():.0f}"}
        terms = {name: f"{value:.3g}" for name, value in (logs or {}).items() if name != "loss"}
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


class Exams(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Measures the network on held-out faces and writes the figures into the history.

    Where the best weights are to be kept, what is measured decides the result: then by steps alone,
    and before the checkpoint of a step is written, so that kills change nothing. Otherwise at the
    end of a segment, every `every` seconds, or less often where that would take more than `SHARE`.
    """

    def __init__(
        self,
        examiner: Examiner,
        history: History,
        clock: Clock,
        every: float,
        best: Best | None = None,
        steps: int = 1,
    ) -> None:
        """`every` is in seconds; with a place for the best weights, `steps` counts instead."""
        super().__init__()
        self.examiner, self.history, self.clock = examiner, history, clock
        self.every, self.best, self.steps = every, best, steps
        self.when, self.took = time.monotonic(), 0.0
        self.newest: dict[str, float] = {}

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Make up for the measurement that an interruption kept from being made."""
        self.on_train_batch_end(-1)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Measure if it is the step."""
        step = self.clock.step
        if self.best and step and step % self.steps == 0:
            self.best.offer(self.model, step, self.now(self.model))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Measure if it is time."""
        pause = max(self.every, self.took / SHARE)
        if not self.best and time.monotonic() - self.when >= pause:
            self.now(self.model)

    def now(self, net: Any) -> Figures:
        """The figures of the step that `net` is at; measured unless they are known."""
        figures = self.history.figures(self.clock.step, self.examiner.key)
        if figures is None:
            began = time.monotonic()
            figures = self.examiner(net)
            self.when = time.monotonic()
            self.took = self.when - began
            said = msgspec.to_builtins(figures)
            self.history.add(self.clock.state(), faces=self.examiner.key, held_out=said)
        self.newest.update(brief(figures))
        return figures

    def chosen(self, net: Any) -> tuple[int, Figures, Weights]:
        """The step, figures and weights that become the model, of a training that ends with `net`.

        The end is a candidate without being kept as one, so that a longer training ends alike
        wherever it was stopped in between.
        """
        figures = self.now(net)
        record = self.best.record() if self.best else None
        if self.best and record and record.figures.score > figures.score:
            return record.step, record.figures, self.best.weights(record)
        return self.clock.step, figures, get_weights(net)


def brief(figures: Figures) -> dict[str, float]:
    """The few of the figures that are told in a line."""
    ssim = (figures.ssim_source + figures.ssim_target) / 2
    named = {"ssim": ssim, "margin": figures.margin, "followed": figures.followed}
    named |= {"sharpness": figures.sharpness, "score": figures.score}
    return {name: round(value, 3) for name, value in named.items()}

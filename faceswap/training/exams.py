"""Exams: when a network that learns is measured, and which of its weights become the model."""

from __future__ import annotations

import time
from typing import Any

import keras
import msgspec

from faceswap.optimizers.averaged import averaged
from faceswap.training.best import Best
from faceswap.training.examiner import Examiner, Figures
from faceswap.training.history import History
from faceswap.training.training import SHARE, Clock
from faceswap.weights import Weights, get_weights


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
            figures = self.now(self.model)
            with averaged(self.model):
                self.best.offer(self.model, step, figures)

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
            with averaged(net):
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
        with averaged(net):
            return self.clock.step, figures, get_weights(net)


def brief(figures: Figures) -> dict[str, float]:
    """The few of the figures that are told in a line."""
    ssim = (figures.ssim_source + figures.ssim_target) / 2
    named = {"ssim": ssim, "margin": figures.margin, "followed": figures.followed}
    named |= {"sharpness": figures.sharpness, "score": figures.score}
    return {name: round(value, 3) for name, value in named.items()}

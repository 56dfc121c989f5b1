"""Schedule: how long the optimiser's steps are in the course of a training."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

#: What `--schedule` takes.
SCHEDULES = ("finish", "cosine", "constant")
#: What of the rate, and of the warp, is left at the end.
LEAST = 0.05
#: Steps of a wave where each step moves some of the weights only, as in DeepFaceLab.
WAVE = 500


@dataclass(frozen=True)
class Schedule:
    """The part of the rate that each step has, 0 to 1.

    Attributes:
        kind: One of `SCHEDULES`.
        warmup: Steps over which the rate grows from nothing.
        waves: Whether it falls to nothing and rises again every `WAVE` steps.
        share: The part of the training that is done at a step.
        ease: What is left of what wanes over its last part.
    """

    kind: str
    warmup: int
    waves: bool
    share: Callable[[int], float]
    ease: Callable[[int], float]

    def __call__(self, step: int) -> float:
        """The part of the rate that a step has, the first being 0."""
        rate = self.ease(step) if self.kind == "finish" else 1.0
        if self.kind == "cosine":
            done = min(1.0, self.share(step))
            rate = LEAST + (1 - LEAST) * (1 + math.cos(math.pi * done)) / 2
        if step < self.warmup:
            rate *= (step + 1) / self.warmup
        if self.waves:
            rate *= (math.cos(2 * math.pi * step / WAVE) + 1) / 2
        return rate

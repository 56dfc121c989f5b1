"""Collapse: whether a network that had learnt has lost it again."""

from __future__ import annotations

import msgspec

#: Steps over which losses are averaged; the mean of as many at the beginning is the start.
STEPS = 50


class Seen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of the losses so far: of which loss, steps, and means.

    `doubted` is for how many steps it has been above half of its start, having been below.
    """

    terms: str
    steps: int = 0
    start: float = 0.0
    least: float = 0.0
    mean: float = 0.0
    doubted: int = 0

    @property
    def suspect(self) -> int:
        """How many of the last steps may be of a collapse: the mean lags behind."""
        return self.doubted + STEPS if self.doubted else 0


class Collapse:
    """Tells when the mean loss, once at half of its start or below, is back at the start.

    A network that draws one grey face for all has a loss like that; one that learns, even by steps
    that are too long, never has.
    """

    def __init__(self, terms: str = "") -> None:
        """`terms` is the loss: what is known of another one does not count."""
        self.seen = Seen(terms)
        self._sum = 0.0

    def resume(self, seen: Seen | None) -> None:
        """Go on from what was known, if it is of the same loss."""
        if seen and seen.terms == self.seen.terms:
            self.seen = seen

    def __call__(self, place: int, mean: float) -> bool:
        """Whether it is so, after one more step.

        Args:
            place: Number of the step in its segment, from 0.
            mean: The mean loss over the segment until now.
        """
        before, self._sum = (self._sum if place else 0.0), mean * (place + 1)
        loss, seen = self._sum - before, self.seen
        kept = min(seen.steps, STEPS - 1)
        now = (seen.mean * kept + loss) / (kept + 1)
        young = seen.steps < STEPS
        start = now if young else seen.start
        least = now if young else min(seen.least, now)
        learnt = least < start / 2
        doubted = seen.doubted + 1 if learnt and max(now, loss) > start / 2 else 0
        self.seen = Seen(seen.terms, seen.steps + 1, start, least, now, doubted)
        return learnt and now >= start

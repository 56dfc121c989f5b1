"""Whether the source shows what the target asks for: poses, mouths and light."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap.data.labels import Labels
from faceswap.errors import Damaged

#: What is compared, with how much beyond the source's range is still near enough: degrees, parts
#: of the mouth's width, grey levels. Pitch is told less well: faces differ in how long they are.
FIGURES = {"yaw": 10.0, "pitch": 12.0, "mouth": 0.1, "brightness": 40.0}
#: Percentiles taken for a side's range: one wrong landmark must not widen it.
RANGE = (2.0, 98.0)
#: Warn where more than this part of the target's faces is beyond the source.
TOO_MANY = 0.05


class Line(NamedTuple):
    """One figure's ranges on both sides, and the part of the target that is beyond the source."""

    figure: str
    source: tuple[float, float]
    target: tuple[float, float]
    beyond: float

    def __str__(self) -> str:
        """For people."""
        low, high = self.source
        began, ended = self.target
        return (
            f"{self.figure:10} source {low:6.1f} to {high:6.1f}   target {began:6.1f} to "
            f"{ended:6.1f}   beyond the source: {self.beyond:.0%}"
        )


def figures(labels: Labels) -> NDArray[np.float64]:
    """(n, 4) yaw, pitch (degrees), mouth opening and brightness (grey levels) of packed faces.

    Raises:
        Damaged: Where somebody has put something else than numbers there.
    """
    columns = {name: labels.numbers(name) for name in FIGURES}
    for name, numbers in columns.items():
        if numbers is None or not np.isfinite(numbers).all():
            raise Damaged(f"the column {name} of labels.csv is not of numbers: run warp again")
    return np.stack([c for c in columns.values() if c is not None], axis=1)


def compare(source: NDArray[np.float64], target: NDArray[np.float64]) -> list[Line]:
    """A line a figure, of what `figures` gave for each side's crops, (n, 4); neither is empty."""
    lines = []
    for column, (figure, near) in enumerate(FIGURES.items()):
        ours, theirs = source[:, column], target[:, column]
        low, high = np.percentile(ours, RANGE)
        beyond = float(np.mean((theirs < low - near) | (theirs > high + near)))
        began, ended = np.percentile(theirs, RANGE)
        lines.append(Line(figure, (float(low), float(high)), (float(began), float(ended)), beyond))
    return lines


def advice(lines: Iterable[Line]) -> list[str]:
    """Warnings for the figures where the target often shows what the source never does."""
    return [
        f"{line.beyond:.0%} of the target's faces have a {line.figure} that the source never "
        f"shows: those frames will be guessed; add footage of the source that has it"
        for line in lines
        if line.beyond > TOO_MANY
    ]

"""What the bench found: a row for each stage, as text, JSON and a plot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from faceswap.clock import PARTS


class Row(msgspec.Struct):
    """How a stage did.

    Attributes:
        stage: Its name, and the model's where it has one.
        unit: What is counted: `frame`, `face` or `image`.
        each: Seconds a unit, of the stage's own work.
        start: Seconds before and after it: the program begins and ends.
        parts: Seconds a unit by what they went into, of all workers and threads together.
        cores: How many were busy, in the mean.
        peak: Bytes of the process and its workers at once.
        floor: Seconds a unit that the machine needs at least.
        bound: What the floor is of.
        plain: Seconds a unit of the plain way; 0: there is none.
    """

    stage: str
    unit: str
    each: float
    start: float
    parts: dict[str, float]
    cores: float
    peak: int
    floor: float = 0.0
    bound: str = ""
    plain: float = 0.0

    @property
    def other(self) -> float:
        """Seconds a unit of busy cores that no part counts."""
        return max(0.0, self.each * self.cores - sum(self.parts.values()))


class Point(msgspec.Struct):
    """A stage at one setting of a growth curve."""

    stage: str
    each: float
    peak: int


class Curve(msgspec.Struct):
    """How the stages do as one thing grows."""

    of: str
    points: dict[str, list[Point]]


class Findings(msgspec.Struct):
    """All that a run of the bench found.

    Attributes:
        machine: What it ran on.
        media: What it ran on it.
        limits: What the machine can do: bytes or operations a second.
        rows: The stages.
        curves: How they grow.
    """

    machine: dict[str, str]
    media: dict[str, int | str]
    limits: dict[str, float]
    rows: list[Row]
    curves: list[Curve] = []


def lines(found: Findings) -> Iterator[str]:
    """The bench as text, a line each."""
    yield ", ".join(f"{name} {value}" for name, value in (found.machine | found.media).items())
    yield ", ".join(f"{name}: {_large(value)}" for name, value in found.limits.items())
    yield ""
    yield from _aligned(_table(found.rows))
    for curve in found.curves:
        yield ""
        yield from _aligned(_grown(curve))


def told(found: Findings) -> tuple[str, dict[str, Any], list[str]]:
    """The bench in a line, as a record for programs, and as the lines below."""
    first, *rest = lines(found)
    return first, dict(msgspec.to_builtins(found)), rest


def _table(rows: Sequence[Row]) -> list[list[str]]:
    parts = [part for part in PARTS if any(row.parts.get(part) for row in rows)]
    head = ["stage", "a second", "ms", *parts, "other", "floor", "of it", "plain", "times"]
    return [[*head, "MiB", "cores", "start s"], *(_cells(row, parts) for row in rows)]


def _cells(row: Row, parts: Sequence[str]) -> list[str]:
    spent = [_ms(row.parts.get(part, 0.0)) for part in parts]
    floor = [_ms(row.floor), f"{100 * row.floor / row.each:.0f} %" if row.floor else ""]
    plain = [_ms(row.plain), f"{row.plain / row.each:.1f}" if row.plain else ""]
    cost = [f"{row.peak / 2**20:.0f}", f"{row.cores:.1f}", f"{row.start:.1f}"]
    speed = f"{1 / row.each:.1f} {row.unit}s"
    return [row.stage, speed, _ms(row.each), *spent, _ms(row.other), *floor, *plain, *cost]


def _grown(curve: Curve) -> list[list[str]]:
    stages = [point.stage for point in next(iter(curve.points.values()))]
    head = [curve.of, *(f"{stage} ms, MiB" for stage in stages)]
    return [
        head,
        *(
            [value, *(f"{_ms(point.each)}, {point.peak / 2**20:.0f}" for point in points)]
            for value, points in curve.points.items()
        ),
    ]


def _aligned(cells: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        first, *rest = zip(row, widths, strict=True)
        padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
        yield "  ".join(padded).rstrip()


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.2f}" if seconds else ""


def _large(value: float) -> str:
    return f"{value / 1e12:.2f} T" if value >= 1e12 else f"{value / 1e9:.1f} G"


def plot(found: Findings) -> bytes:
    """The rows as a picture: PNG of a bar a stage, its parts one after the other, as shares.

    The whole of a bar is what a unit takes; a line stands at its floor.
    """
    from io import BytesIO

    from matplotlib.figure import Figure

    figure = Figure((9, 0.5 * len(found.rows) + 1.5), layout="constrained")
    axes = figure.add_subplot()
    names = [f"{row.stage}, {1000 * row.each:.1f} ms a {row.unit}" for row in found.rows]
    parts = [p for p in (*PARTS, "other") if any(_share(row, p) for row in found.rows)]
    left = [0.0] * len(found.rows)
    for part in parts:
        widths = [_share(row, part) for row in found.rows]
        axes.barh(names, widths, left=left, label=part)
        left = [a + b for a, b in zip(left, widths, strict=True)]
    for at, row in enumerate(found.rows):
        if row.floor:
            axes.plot([row.floor / row.each] * 2, [at - 0.4, at + 0.4], color="black", linewidth=2)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of the work, all cores; black: the floor's share of the time")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    return picture.getvalue()


def _share(row: Row, part: str) -> float:
    """The part of a unit's work, of all workers together."""
    spent = row.parts | {"other": row.other}
    return spent.get(part, 0.0) / max(sum(spent.values()), 1e-12)

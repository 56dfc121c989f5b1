"""One run of the bench: floors, stages and plain ways, one after the other on one machine."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from faceswap.bench import floors, plain
from faceswap.bench.course import Course, Setting
from faceswap.bench.measure import alone
from faceswap.bench.rows import Curve, Findings, Point, Row, plot
from faceswap.errors import BadMedia, BadOption
from faceswap.options import option
from faceswap.pool import cores
from faceswap.stage import Bar, Progress, silent
from faceswap.storage import durable
from faceswap.versions import TOLD, installed

FRAME_STAGES = ("extract", "detect", "align", "warp")
#: What grows, and how: each point is a setting that differs from the run's own.
GROWTH = {
    "frames": ("frames", (100, 1000, 10_000)),
    "height": ("height", (360, 720, 1080, 2160)),
    "faces": ("faces", (1, 2, 4, 8)),
    "workers": ("workers", (1, 2)),
    "batch": ("batch", (1, 4, 16, 64, 128)),
}
#: Pixels of height of the films that grow in length, and frames of those that grow otherwise.
_SMALL, _SHORT = 360, 96
#: Steps of training for a model that only has to be there.
_FEW = 2
#: The plain way of each stage that has one, in the order in which they can be done.
_PLAIN: dict[str, Callable[..., float]] = {
    "extract": plain.extract,
    "detect": plain.detect,
    "align": plain.align,
    "train original": plain.train,
    "convert": plain.convert,
    "merge": plain.merge,
}


@dataclass(frozen=True)
class Bench:
    """Time every stage on this machine, beside its floor and the plain way of doing it."""

    film: str = option("", "A film of faces to take as target; empty: one is made.")
    frames: int = option(240, "Frames of the film that is made.", low=48, high=100_000)
    height: int = option(720, "Its height in pixels, even; it is 16:9.", low=144, high=4320)
    faces: int = option(1, "Faces in each of its frames.", low=1, high=16)
    models: tuple[str, ...] = option(("original", "lite"), "Models to train; the last converts.")
    grow: tuple[str, ...] = option(
        (), f"Growth curves to measure too, minutes each: {', '.join(GROWTH)}; may be repeated."
    )
    to: str = option("", "Folder for bench.json and bench.png; empty: nothing is kept.")

    def run(self, program: Sequence[str], progress: Progress = silent) -> Findings:
        """Measures; keeps the findings where that is asked for.

        Args:
            program: The words that call faceswap.
            progress: Shows what is being done.
        """
        unknown = set(self.grow) - set(GROWTH)
        if unknown:
            raise BadOption(f"nothing grows by {', '.join(unknown)}: take {', '.join(GROWTH)}")
        film = Path(self.film).absolute() if self.film else None
        if film and not film.is_file():
            raise BadMedia(f"no film {film}")
        setting = Setting(self.frames, self.height, self.faces)
        with progress.bar("bench", self._steps, unit="step") as bar:
            with self._course(program, setting, bar, film) as course:
                rows = self._rows(course)
                limits = _limits(course.step)
            found = Findings(_machine(), self._media(rows), limits, rows)
            self._keep(found)
            for of in self.grow:
                found.curves.append(self._curve(program, setting, of, bar))
                self._keep(found)
        return found

    def _keep(self, found: Findings) -> None:
        """Writes what is found so far: the next curve takes minutes, and may fail."""
        if self.to:
            folder = Path(self.to)
            folder.mkdir(parents=True, exist_ok=True)
            durable.write(folder / "bench.json", msgspec.json.format(msgspec.json.encode(found)))
            durable.write(folder / "bench.png", plot(found))

    @property
    def _steps(self) -> int:
        """About how often a course says what it does."""
        stages = 1 + len(FRAME_STAGES) + len(self.models) + 2
        points = sum(len(GROWTH[of][1]) for of in self.grow)
        return stages * (1 + points) + 2 + len(_PLAIN)

    def _media(self, rows: Sequence[Row]) -> dict[str, int | str]:
        if self.film:
            return {"film": Path(self.film).name}
        return {"frames": self.frames, "height": self.height, "faces a frame": self.faces}

    @contextmanager
    def _course(
        self, program: Sequence[str], setting: Setting, bar: Bar, film: Path | None = None
    ) -> Iterator[Course]:
        with TemporaryDirectory(prefix="faceswap-bench-") as folder:
            course = Course(program, Path(folder), setting, film, lambda what: bar.step(doing=what))
            course.prepare()
            yield course

    def _rows(self, course: Course) -> list[Row]:
        rows = course.frames(*FRAME_STAGES)
        rows += [course.train(model) for model in self.models]
        rows += [course.stage("convert"), course.stage("merge")]
        course.step("floors")
        decoded = floors.decode(course.target)
        written = floors.rewrite(course.work / "target" / "media", course.folder / "again.mp4")
        for row in rows:
            if row.stage in FRAME_STAGES:
                row.floor, row.bound = decoded, "decoding"
        rows[-1].floor, rows[-1].bound = written, "decoding and encoding"
        rows[-2].floor = alone(floors.forward, course.work / "model")
        rows[-2].bound = "the network, in large batches"
        for row in rows[len(FRAME_STAGES) : -2]:
            row.floor = alone(floors.step, row.stage.split()[1])
            row.bound = "its products, at the speed of a large one"
        _add_plain(course, {row.stage: row for row in rows})
        return rows

    def _curve(self, program: Sequence[str], setting: Setting, of: str, bar: Bar) -> Curve:
        name, values = GROWTH[of]
        points: dict[str, list[Point]] = {}
        small = replace(setting, height=_SMALL) if of == "frames" else setting
        small = small if of == "frames" else replace(small, frames=_SHORT)
        for value in values:
            with self._course(program, replace(small, **{name: value}), bar) as course:
                rows = self._point(course, of)
            points[str(value)] = [Point(row.stage, row.each, row.peak) for row in rows]
        return Curve(of, points)

    def _point(self, course: Course, of: str) -> list[Row]:
        rows = course.frames(*FRAME_STAGES)
        if of == "batch":
            return [course.pace(model) for model in self.models]
        if of == "workers":
            return rows[1:3]
        course.train(self.models[-1], _FEW)
        return [*rows, course.stage("convert"), course.stage("merge")]


def _add_plain(course: Course, rows: dict[str, Row]) -> None:
    """Measures the plain ways."""
    crops = course.work / "target" / "faces"
    pictures = course.folder / "plain frames"
    given: dict[str, tuple[Any, ...]] = {
        "extract": (course.target, pictures),
        "detect": (course.target,),
        "align": (pictures, crops, course.folder / "plain crops"),
        "train original": ("original", 16),
        "convert": (course.work / "model", crops),
        "merge": (course.target, crops, course.folder / "plain film"),
    }
    for name, way in _PLAIN.items():
        if name in rows:
            course.step(f"plain {name}")
            rows[name].plain = alone(way, *given[name])


def _limits(step: Callable[[str], None]) -> dict[str, float]:
    step("limits")
    found = {"copy in memory, bytes/s": alone(floors.copy)}
    for precision in ("float32", "bfloat16"):
        found[f"product in {precision}, FLOP/s"] = alone(floors.product, precision)
    return found


def _machine() -> dict[str, str]:
    named = {"system": platform.platform(), "processor": floors.processor()}
    memory = f"{floors.memory() / 2**30:.0f} GiB"
    named |= {"cores": str(cores()), "memory": memory, "python": platform.python_version()}
    return named | installed(TOLD)

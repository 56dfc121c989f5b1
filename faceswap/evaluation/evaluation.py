"""Evaluation: an output judged against its target and its source."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceswap import pool
from faceswap.crew import Crew
from faceswap.detection.descriptors import Describer
from faceswap.detection.detectors import held
from faceswap.detection.found import Found
from faceswap.errors import BadMedia, NoFaces
from faceswap.evaluation.appearance import face_width
from faceswap.evaluation.figures import Figures, figures
from faceswap.evaluation.gallery import Gallery
from faceswap.evaluation.likeness import likeness
from faceswap.evaluation.observing import Observer, Seen, Task, describe
from faceswap.evaluation.portraits import Portrait, portraits
from faceswap.evaluation.reel import Reel
from faceswap.evaluation.selftest import Writing, rewritten
from faceswap.evaluation.series import Series, series_of
from faceswap.pictures.sheet import spread
from faceswap.stage import Bar, Progress, silent

Descriptors = NDArray[np.float64]

#: Frames of the self-test, and how many of them get descriptors.
TESTED, TESTED_FACES = 48, 12
#: Descriptors of the source and of the target, at most: each person's mean needs no more.
SITTERS = 40


@dataclass(frozen=True)
class Films:
    """What is compared.

    Attributes:
        source: The face that was put in.
        target: The film it was put into.
        output: What came of it: as many frames as the target.
        places: Where a face was swapped, by frame of the target; None: its largest face counts.
        source_places: Where the source's face is, by frame; empty: the largest.
        writing: How the output was written, for the self-test.
    """

    source: Reel
    target: Reel
    output: Reel
    places: Mapping[int, Found] | None = None
    source_places: Mapping[int, Found] = field(default_factory=dict)
    writing: Writing = field(default_factory=Writing)


@dataclass(frozen=True)
class Effort:
    """How much is looked at.

    Attributes:
        frames: At most so many frames, as whole stretches spread over the film; 0: all.
        samples: Frames in which the output's face gets a descriptor.
        detector: `blaze`, `hog` or `cnn`.
        crew: Who does it; what lies outside of the workspace is left to this machine's.
    """

    frames: int = 400
    samples: int = 100
    detector: str = "blaze"
    crew: Crew = field(default_factory=Crew)


@dataclass(frozen=True)
class Evaluation:
    """What was found.

    Attributes:
        figures: Values by the names of `METRICS`, and some more; None: could not be measured.
        floor: The same for the target itself, encoded anew: what a perfect copy would have.
        best: Those of identity for the source's second half, judged by its first.
        noise: The change that encoding anew makes inside the face, in grey levels.
        series: The values over time.
        seen: What was seen, frame by frame.
        sitters: Faces of the source.
        stretches: First frame and the one behind the last of each stretch that was measured.
        total: Frames of the film.
        gallery: Who was to be told from the source.
    """

    figures: Figures
    floor: Figures
    best: Figures
    noise: float
    series: Series
    seen: list[Seen]
    sitters: list[Portrait]
    stretches: list[tuple[int, int]]
    total: int
    gallery: Gallery


def evaluate(
    films: Films,
    effort: Effort | None = None,
    gallery: Path | None = None,
    progress: Progress = silent,
) -> Evaluation:
    """The output judged, with faces found anew in all three films.

    Args:
        films: What is compared.
        effort: How much of it is looked at.
        gallery: A folder of photos of other persons, see `Gallery.of`.
        progress: Shows the bars.

    Raises:
        BadMedia: Where output and target do not have the same frames.
        NoFaces: Where there is nothing to compare.
    """
    effort = effort or Effort()
    _comparable(films)
    stretches = _stretches(films.target.index.ranges(), effort.frames)
    count = sum(stop - start for start, stop in stretches)
    describer = Describer(min(effort.samples, count) + 2 * min(SITTERS, effort.samples, count))
    with progress.bar("evaluate", count) as bar:
        observer = Observer(films.target, films.output, effort.detector)
        tasks = _tasks(stretches, films.places, effort.samples, SITTERS)
        seen = _looked(observer, tasks, effort, describer, bar)
    sitters = _sitters(films, seen, effort, describer, progress)
    persons = Gallery.of(gallery, effort.detector, effort.crew.workers)
    tested = _self_test(films, stretches[0], effort, describer, progress)
    return _judged(films, seen, sitters, persons, tested, stretches)


def _judged(
    films: Films,
    seen: list[Seen],
    sitters: list[Portrait],
    persons: Gallery,
    tested: list[Seen],
    stretches: list[tuple[int, int]],
) -> Evaluation:
    series, still = series_of(seen), series_of(tested)
    source = np.array([sitter.numbers for sitter in sitters], np.float64)
    rows = [one.target_numbers for one in seen if one.target_numbers is not None]
    target = np.array(rows, np.float64).reshape(-1, 128)
    everybody = np.stack([source.mean(axis=0), target.mean(axis=0), *persons.means])
    sharp = float(np.nanmedian([sitter.sharpness for sitter in sitters]))
    common = (source, target, everybody, sharp)
    noise = still.mean("change") if len(still.frames) else 0.0
    floor = figures(tested, still, *common) if len(still.frames) else {}
    middle = len(source) // 2
    halves = likeness(source[middle:], source[:middle], target)
    return Evaluation(
        figures=figures(seen, series, *common, noise),
        floor={name: value for name, value in floor.items() if name != "unswapped"},
        best={name: float(value) for name, value in halves.items()},
        noise=noise,
        series=series,
        seen=seen,
        sitters=sitters,
        stretches=stretches,
        total=len(films.target),
        gallery=persons,
    )


def _comparable(films: Films) -> None:
    """Refuses films that are not of the same frames."""
    if len(films.output) != len(films.target):
        raise BadMedia(
            f"the output has {len(films.output)} frames, the target {len(films.target)}: "
            "they have to be of the same frames; run merge again"
        )


def _stretches(ranges: Sequence[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Whole ranges, spread over the film, of at most about so many frames."""
    total = ranges[-1][1]
    if not most or total <= most:
        return list(ranges)
    count = max(1, most * len(ranges) // total)
    return [ranges[n] for n in spread(len(ranges), count)]


def _tasks(
    stretches: Sequence[tuple[int, int]],
    places: Mapping[int, Found] | None,
    samples: int,
    known: int = 0,
) -> list[Task]:
    """The stretches, with the places in each, and the frames that get descriptors."""
    numbers = [n for start, stop in stretches for n in range(start, stop)]
    faces = [n for n in numbers if n in places] if places is not None else numbers
    described, ours = (frozenset(faces[n] for n in spread(len(faces), s)) for s in (samples, known))
    tasks = []
    for start, stop in stretches:
        inside = range(start, stop)
        mine = None if places is None else {n: places[n] for n in inside if n in places}
        tasks.append(
            Task(start, stop, mine, *(chosen.intersection(inside) for chosen in (described, ours)))
        )
    return tasks


def _sitters(
    films: Films,
    seen: Sequence[Seen],
    effort: Effort,
    describer: Describer,
    progress: Progress,
) -> list[Portrait]:
    """Faces of the source, their sharpness at the target's size."""
    widths = [face_width(one.target) for one in seen if one.target is not None]
    numbers = [one for one in seen if one.target_numbers is not None]
    if not widths or not numbers:
        raise NoFaces(
            "no face was found where one was swapped in the frames of the target that were looked "
            "at: try --detector cnn, or --most-frames 0"
        )
    count = min(SITTERS, max(2, effort.samples))
    found: list[Portrait] = []
    with progress.bar("the source's faces", count) as bar:
        for some in portraits(
            films.source,
            count,
            float(np.median(widths)),
            describer,
            films.source_places,
            effort.detector,
            effort.crew,
        ):
            found += some
            bar.step(len(some))
    if len(found) < 2:
        raise NoFaces(f"{len(found)} faces found in {count} frames of the source: 2 are needed")
    return found


def _self_test(
    films: Films,
    stretch: tuple[int, int],
    effort: Effort,
    describer: Describer,
    progress: Progress,
) -> list[Seen]:
    """What is seen of the target and itself, written as the output was but not swapped."""
    start, stop = stretch[0], min(stretch[1], stretch[0] + TESTED)
    with tempfile.TemporaryDirectory() as folder, progress.bar("self-test", stop - start) as bar:
        again = rewritten(films.target, start, stop, films.writing, Path(folder))
        middle = (start + stop) // 2
        observer = Observer(films.target, again, effort.detector, shift=start)
        tasks = _tasks(
            [(start, middle), (middle, stop)], films.places, min(TESTED_FACES, effort.samples)
        )
        # Only this machine sees the film.
        here = replace(effort, crew=Crew(effort.crew.workers))
        return _looked(observer, tasks, here, describer, bar)


def _looked(
    observer: Observer, tasks: list[Task], effort: Effort, describer: Describer, bar: Bar
) -> list[Seen]:
    """What is seen in all of the tasks, with descriptors."""
    seen: list[Seen] = []
    for some in pool.over(observer, tasks, effort.crew, held(effort.detector)):
        describe(some, describer)
        seen += some
        bar.step(len(some))
    return seen

"""An evaluation for people: the page with its plots, pictures and film."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceswap.evaluation.document import PAGE
from faceswap.evaluation.evaluation import Evaluation, Films
from faceswap.evaluation.evaluation_record import record_of
from faceswap.evaluation.figures import missing, unswapped
from faceswap.evaluation.likeness import distances
from faceswap.evaluation.page import Report, page, runs
from faceswap.evaluation.plots import draw, plots_of
from faceswap.evaluation.reel import Reel
from faceswap.evaluation.side_by_side import most_frames, side_by_side
from faceswap.evaluation.worst import Sight, badness, sights, worst
from faceswap.pictures.sheet import spread

#: Frames shown of those without a face, or unswapped.
_FAULTY = 6

Values = NDArray[np.float64]


def write_page(
    folder: Path, films: Films, found: Evaluation, settings: Mapping[str, Mapping[str, object]]
) -> None:
    """Writes index.html into a folder.

    Args:
        folder: Where to.
        films: What was compared.
        found: What came of it.
        settings: Options of each stage that made the output.
    """
    series = found.series
    faults = {
        "no face in the output": missing(series),
        "unswapped": unswapped(series, found.noise),
    }
    identity = _identity(found)
    report = Report(
        title="How good is the swap?",
        lines=_lines(found),
        figures=found.figures,
        floor=found.floor,
        best=found.best,
        frames=faults,
        plots=draw(plots_of(series, identity), series, _seconds(films.target, series.frames)),
        sights=_sights(found, films, identity, faults),
        clip=_clip(found, films),
        settings=settings,
    )
    (folder / PAGE).write_text(page(report), encoding="utf-8")


def _lines(found: Evaluation) -> list[str]:
    record = record_of(found)
    said = ", ".join(f"{a}-{b}" for a, b in _joined(found.stretches))
    persons = found.gallery.names
    others = "source and target alone; name others' photos with --gallery"
    lines = [
        f"{record['frames_measured']} of {found.total} frames were measured ({said}); in "
        f"{record['frames_with_face']} the target has the face that counts.",
        f"Descriptors were taken in {record['descriptors']} frames, of {len(found.sitters)} faces "
        "of the source.",
        f"The gallery: {len(persons) + 2} persons." if persons else f"The gallery: {others}.",
        f"Encoding the target anew changes its face by {found.noise:.2f} grey levels.",
    ]
    if found.gallery.left_out:
        lines.append(f"No face on these photos: {', '.join(found.gallery.left_out)}.")
    if record["frames_left_alone"]:
        lines.append(f"{record['frames_left_alone']} frames have faces, none of which was swapped.")
    return lines


def _joined(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """First and last frames, of stretches that touch as one."""
    return runs([n for start, stop in stretches for n in range(start, stop)])


def _identity(found: Evaluation) -> dict[str, Values]:
    """Distances from both persons over the series' frames, NaN where no descriptor was taken."""
    source = np.array([sitter.numbers for sitter in found.sitters], np.float64)
    target = np.array(
        [one.target_numbers for one in found.seen if one.target_numbers is not None], np.float64
    )
    taken = [one for one in found.seen if one.output_numbers is not None]
    frames = found.series.frames
    lines = {name: np.full(len(frames), np.nan) for name in ("to the source", "to the target")}
    if taken:
        output = np.array([one.output_numbers for one in taken], np.float64)
        at = np.searchsorted(frames, [one.frame for one in taken])
        for name, person in zip(lines, (source, target), strict=True):
            lines[name][at] = distances(output, person)
    return lines


def _seconds(target: Reel, frames: NDArray[np.int64]) -> Values:
    """Times of frames from the beginning, all clips one after the other."""
    times, before = [], 0.0
    for clip in target.index.clips:
        tick = float(clip.tick)
        times += [before + (frame.pts - clip.frames[0].pts) * tick for frame in clip.frames]
        before = times[-1] + clip.frames[-1].duration * tick
    return np.array(times, np.float64)[frames]


def _sights(
    found: Evaluation,
    films: Films,
    identity: Mapping[str, Values],
    faults: Mapping[str, list[int]],
) -> dict[str, list[Sight]]:
    series = found.series
    margin = identity["to the target"] - identity["to the source"]
    frames = series.frames
    wanted: dict[str, list[tuple[int, float]]] = {
        what: [(numbers[n], float("nan")) for n in spread(len(numbers), _FAULTY)]
        for what, numbers in faults.items()
    }
    for name, (bad, values) in badness(series, margin).items():
        wanted[name] = [(int(frames[n]), float(values[n])) for n in worst(bad, frames)]
    points = {one.frame: one.target for one in found.seen if one.target is not None}
    return sights(wanted, points, (films.target, films.output), found.sitters)


def _clip(found: Evaluation, films: Films) -> bytes:
    """A few seconds of the longest shot; nothing where pictures are single, or of many sizes."""
    series = found.series
    shots, counts = np.unique(series.shots, return_counts=True)
    mine = series.frames[series.shots == shots[counts.argmax()]]
    clip, _ = films.target.index.frame(int(mine[0]))
    if len(mine) < 2 or len({(picture.width, picture.height) for picture in clip.pictures}) > 1:
        return b""
    frames = range(int(mine[0]), int(mine[-1]) + 1)
    wanted = set(frames[: most_frames(films.target, frames[0])])
    points = [o.target for o in found.seen if o.target is not None and o.frame in wanted]
    return side_by_side((films.target, films.output), sorted(wanted), points)

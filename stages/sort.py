"""List crops from the worst to the best, and leave the bad ones out of training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from faceswap import pool
from faceswap.alignment.crops import Crop, CropFolder
from faceswap.crew import Crewed
from faceswap.detection.descriptors import Describer, face_chip
from faceswap.errors import BadOption, NoFaces
from faceswap.films.images import encode_image
from faceswap.options import option
from faceswap.people import sorting, spans
from faceswap.pictures.captions import captioned
from faceswap.pictures.sheet import sheet
from faceswap.stage import Bar, Progress, Summary, silent
from faceswap.storage import durable
from faceswap.storage.journal import Journal
from faceswap.workspace import Workspace

#: Folder of a side for what sorting leaves: the sheet, descriptors, pictures moved away.
FOLDER, SHEET, DESCRIPTORS, MOVED = "sorted", "sheet.png", "descriptors.jsonl", "moved"
#: Crops described in one piece of work.
PIECE = 16


class Described(msgspec.Struct, forbid_unknown_fields=True):
    """A crop's descriptor; `sharpness` tells whether it is still the same picture."""

    name: str
    sharpness: float
    numbers: list[float]


@dataclass(frozen=True)
class Sort(Crewed):
    """List crops from the worst to the best by a measure; leave those out that are too bad.

    What is left out is not learnt from, but swapped all the same, and stays so when crops are cut
    anew. Draws the worst onto SIDE/sorted/sheet.png.
    """

    reads = ("crops",)
    writes = ()
    per_side = True
    sides = ("source",)
    on_demand = True

    by: str = option("blur", "What to sort by.", choices=tuple(sorting.KINDS))
    worst: int = option(0, "Leave out so many more of the worst.", low=0)
    below: str = option("", "Leave out those whose value is below this number.")
    above: str = option("", "Leave out those whose value is above this number.")
    out: str = option("", "Leave out those of these frames, such as 120-140,150.")
    move: bool = option(
        False, "Move pictures of what is left out now away: those are not swapped either."
    )
    restore: bool = option(False, "Take all back that was left out or moved away.")
    show: int = option(48, "How many crops to list and to draw.", low=1, high=400)

    def validate(self) -> None:
        """Refuse limits that are no numbers, and to take back and to leave out at once."""
        super().validate()
        for text in (self.below, self.above):
            _limit(text)
        spans.parse(self.out, "--out")
        if self.restore and (self.worst or self.below or self.above or self.out or self.move):
            raise BadOption("--restore goes alone: it takes everything back")

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Leave out what is asked for, list and draw."""
        folder = CropFolder(work.require("crops"))
        place = _place(work)
        durable.make_folder(place)
        if self.restore:
            _bring_back(folder, place / MOVED)
        crops = list(folder)
        if not crops:
            raise NoFaces(f"{folder.folder} holds no crops: run `faceswap align {work.root}`")
        values = self._values(folder, crops, work, progress)
        order = np.argsort(-sorting.badness(self.by, values), kind="stable")
        left_out = self._leave_out(folder, crops, values, order)
        if self.move:
            self._move(work, folder, left_out, place / MOVED, progress)
        out = folder.left_out()
        shown = order[: self.show]
        for n in shown:
            progress.note(*_line(crops[n], values[n], crops[n].name in out))
        _draw(folder, [crops[n] for n in shown], values[shown], out, place)
        progress.note(f"{self.by}: {sorting.KINDS[self.by]}; sheet: {place / SHEET}")
        learnt = sum(crop.training and crop.name not in out for crop in crops)
        counts = {"crops": len(crops), "learnt": learnt, "left_out": len(out)}
        return {**counts, **_figures(values)}

    def _values(
        self, folder: CropFolder, crops: Sequence[Crop], work: Workspace, progress: Progress
    ) -> NDArray[np.float64]:
        if self.by == "descriptor":
            return sorting.unlikeness(self._descriptors(folder, crops, work, progress))
        if self.by in sorting.MEASURES:
            return np.array([sorting.MEASURES[self.by](crop) for crop in crops])
        with progress.bar(f"sort by {self.by}", len(crops), unit="face") as bar:
            pictures = _pictures(folder, crops, bar)
            if self.by == "duplicates":
                return sorting.novelty(map(sorting.thumbnail, pictures))
            return np.array([sorting.brightness(picture) for picture in pictures])

    def _descriptors(
        self, folder: CropFolder, crops: Sequence[Crop], work: Workspace, progress: Progress
    ) -> NDArray[np.float64]:
        journal = Journal(_place(work) / DESCRIPTORS, Described)
        journal.mend()
        known = {(d.name, d.sharpness): d.numbers for d in journal} if journal.path.exists() else {}
        left = [crop for crop in crops if (crop.name, crop.sharpness) not in known]
        pieces = [left[n : n + PIECE] for n in range(0, len(left), PIECE)]
        done = len(crops) - len(left)
        describer = Describer(len(crops))
        with progress.bar("describe", len(crops), done, unit="face") as bar:
            parts = zip(pieces, pool.over(_Chips(folder), pieces, self.crew(work)), strict=True)
            for piece, chips in parts:
                rows = describer.describe(chips)
                found = [_described(crop, row) for crop, row in zip(piece, rows, strict=True)]
                journal.append(found)
                known |= {(d.name, d.sharpness): d.numbers for d in found}
                bar.step(len(found))
        return np.array([known[crop.name, crop.sharpness] for crop in crops])

    def _leave_out(
        self,
        folder: CropFolder,
        crops: Sequence[Crop],
        values: NDArray[np.float64],
        order: NDArray[np.int64],
    ) -> list[Crop]:
        """Leaves out what is asked for; gives those that are asked for, left out before or not."""
        before = folder.left_out()
        low, high = _limit(self.below), _limit(self.above)
        frames = spans.parse(self.out, "--out")
        bad = (values < (-np.inf if low is None else low)) | (
            values > (np.inf if high is None else high)
        )
        chosen = {
            n for n, c in enumerate(crops) if bad[n] or (frames and spans.inside(c.frame, frames))
        }
        rest = [n for n in order if n not in chosen and crops[n].name not in before]
        chosen |= set(rest[: self.worst])
        wanted = [crops[n] for n in sorted(chosen)]
        names = {crop.name for crop in wanted}
        if names - before:
            folder.leave_out(before | names)
        return wanted

    def _move(
        self,
        work: Workspace,
        folder: CropFolder,
        crops: Sequence[Crop],
        to: Path,
        progress: Progress,
    ) -> None:
        durable.make_folder(to)
        for crop in crops:
            durable.move(folder.folder / crop.name, to / crop.name)
        if crops and work.side == "target":
            progress.warn(f"{len(crops)} faces of the target are not swapped until --restore")


@dataclass(frozen=True)
class _Chips:
    """Some crops as the network for descriptors wants them; runs in a worker."""

    folder: CropFolder

    def __call__(self, crops: Sequence[Crop]) -> list[NDArray[np.uint8]]:
        return [face_chip(self.folder.picture(crop), crop.crop_points) for crop in crops]


def _described(crop: Crop, numbers: NDArray[np.float64]) -> Described:
    return Described(crop.name, crop.sharpness, [round(float(v), 5) for v in numbers])


def _pictures(folder: CropFolder, crops: Sequence[Crop], bar: Bar) -> Iterator[NDArray[np.uint8]]:
    for crop in crops:
        yield folder.picture(crop)
        bar.step()


def _limit(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise BadOption(f"--below and --above take a number, not {text!r}") from None


def _bring_back(folder: CropFolder, moved: Path) -> None:
    for path in sorted(moved.glob("*.png")) if moved.is_dir() else ():
        durable.move(path, folder.folder / path.name)
    durable.remove(moved)
    folder.leave_out(set())


def _line(crop: Crop, value: float, out: bool) -> tuple[str, dict[str, object]]:
    state = "left out" if out else "" if crop.training else "not learnt from"
    record = {"crop": crop.name, "frame": crop.frame, "value": _plain(value), "left_out": out}
    return f"{crop.name} {value:9.2f} {state}".rstrip(), record


def _plain(value: float) -> float | str:
    # JSON knows no infinity: the first picture is nobody's duplicate.
    return round(float(value), 4) if np.isfinite(value) else "none before"


def _figures(values: NDArray[np.float64]) -> Summary:
    known = values[np.isfinite(values)]
    if not len(known):
        return {}
    low, middle, high = np.percentile(known, (5, 50, 95))
    return {
        "5%": round(float(low), 2),
        "50%": round(float(middle), 2),
        "95%": round(float(high), 2),
    }


def _place(work: Workspace) -> Path:
    return work.path("crops").parent / FOLDER


def _draw(
    folder: CropFolder,
    crops: Sequence[Crop],
    values: NDArray[np.float64],
    out: set[str],
    place: Path,
) -> None:
    pictures = []
    for crop, value in zip(crops, values, strict=True):
        moved = place / MOVED / crop.name
        kept = folder if (folder.folder / crop.name).exists() else CropFolder(moved.parent)
        words = [f"{value:.2f}  {crop.frame}_{crop.face}"]
        words += ["left out"] if crop.name in out else []
        pictures.append(captioned(kept.picture(crop), words))
    durable.write(place / SHEET, encode_image(sheet(pictures), "png"))

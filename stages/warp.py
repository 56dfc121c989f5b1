"""Pack the crops for training, label them, and say whether the source shows what is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceswap import clock, pool
from faceswap.alignment.crops import Crop, CropFolder
from faceswap.compositing import masks
from faceswap.data import coverage, labels
from faceswap.data.dataset import WarpedPairs
from faceswap.data.examples import examples
from faceswap.data.labels import Labels
from faceswap.data.packed import PackedFaces
from faceswap.detection.faces import LANDMARKS
from faceswap.errors import Damaged, NoFaces
from faceswap.films.frame_index import FrameIndex
from faceswap.films.images import write_image
from faceswap.options import option
from faceswap.people.people import People
from faceswap.report import few
from faceswap.stage import Bar, Progress, Stage, Summary, silent
from faceswap.storage.rows import Rows
from faceswap.workspace import SIDES, Workspace

#: Pixels a face on the sheet of warped pairs.
SIDE = 128
#: Pictures that are read at a time.
_AHEAD = 8


@dataclass(frozen=True)
class Warp(Stage):
    """Pack a side's crops into arrays that training maps into memory, with a table of labels."""

    reads = ("crops", "frames", "people")
    uses = ("left_out",)
    writes = ("pairs",)
    per_side = True
    version = 2

    labels: str = option(
        "", "Labels of one's own (CSV): a line for each picture, by its column `file`.", file=True
    )

    def validate(self) -> None:
        """Refuse labels that are none."""
        if self.labels:
            labels.own_labels(Path(self.labels))

    def needs(self, work: Workspace) -> int:
        """Pixels, masks and landmarks of all crops to learn from."""
        crops = CropFolder(work.require("crops"))
        first = next(crops.learnable(), None)
        if first is None:
            return 0
        size = crops.picture(first).shape[0]
        return int(crops.count(training=True) * (4 * size**2 + LANDMARKS * 2 * 4))

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Write the arrays, their labels and a sheet of warped pairs; report the coverage."""
        crops = CropFolder(work.require("crops"))
        count = crops.count(training=True)
        gone = crops.deleted()
        if gone:
            progress.warn(f"of the {work.side}'s crops are not there, nor learnt: {few(gone)}")
        if not count:
            raise NoFaces(
                f"no crop of the {work.side} is left to learn from: see faceswap align -h"
            )
        with work.making("pairs") as packed:
            with progress.bar(f"warp {work.side}", count, unit="face") as bar:
                figures = _pack(crops, count, packed, bar)
            own = labels.own_labels(Path(self.labels)) if self.labels else {}
            labels.merged(list(_origins(work, crops)), figures, own).save(packed)
            _draw(packed)
        _compare(work, progress)
        return {"faces": count}


def _pack(crops: CropFolder, count: int, to: Path, bar: Bar) -> list[dict[str, float]]:
    """Writes the arrays; gives what `labels.measured` finds in each crop."""
    size = crops.picture(next(crops.learnable())).shape[0]
    faces = Rows.create(to / "faces.npy", (count, size, size, 3), np.uint8)
    hulls = Rows.create(to / "masks.npy", (count, size, size), np.uint8)
    points = Rows.create(to / "landmarks.npy", (count, 68, 2), np.float32)
    figures: list[dict[str, float]] = []
    for some, pictures in _read(crops):
        for crop, picture in zip(some, pictures, strict=True):
            if len(picture) != size:
                raise Damaged(f"{crops.folder / crop.name} is not {size}x{size}: delete it")
        done = len(figures)
        faces.write(done, np.stack(pictures))
        outlines = [masks.hull(crop.crop_points) for crop in some]
        hulls.write(done, np.stack([masks.fill(outline, (size, size)) for outline in outlines]))
        points.write(done, np.stack([crop.crop_points for crop in some]))
        figures += [labels.measured(c.crop_points, p) for c, p in zip(some, pictures, strict=True)]
        bar.step(len(some))
    return figures


def _origins(work: Workspace, crops: CropFolder) -> Iterator[dict[str, str]]:
    """Of each crop to learn from: its name, the file and the folder it is from, and the person."""
    index = FrameIndex.load(work.require("frames"))
    people = People.load(work.require("people"))
    owners, names = people.owners(), {p.number: p.name for p in people.person}
    for crop in crops.learnable():
        clip, _, place, _ = next(index.parts(crop.frame, crop.frame + 1))
        inside = clip.pictures[place].name if clip.kind == "images" else clip.path
        folder = clip.path if clip.kind == "images" else str(Path(clip.path).with_suffix(""))
        yield {
            "crop": crop.name,
            "file": Path(inside).name,
            "folder": Path(folder).name,
            "person": names.get(owners.get(crop.track, 0), ""),
        }


def _compare(work: Workspace, progress: Progress) -> None:
    """Says what of the target the source shows, once both sides are packed."""
    folders = [work.path(f"{side}/pairs") for side in SIDES]
    if not all((folder / labels.FILE).exists() for folder in folders):
        return
    figures = [coverage.figures(Labels.load(f, len(PackedFaces(f).faces))) for f in folders]
    lines = coverage.compare(*figures)
    for line in lines:
        progress.note(str(line))
    for warning in coverage.advice(lines):
        progress.warn(warning)


def _read(crops: CropFolder) -> Iterator[tuple[list[Crop], list[NDArray[np.uint8]]]]:
    """Some of the crops to learn from at a time, with their pictures, which threads read."""
    left = crops.learnable()
    with ThreadPoolExecutor(pool.cores()) as threads:
        while some := list(islice(left, _AHEAD)):
            with clock.part("decode"):
                pictures = list(threads.map(crops.picture, some))
            yield some, pictures


def _draw(folder: Path) -> None:
    """Draws what the network is given above what it is to make of it."""
    sides = dict.fromkeys(SIDES, PackedFaces(folder))
    write_image(folder / "preview.png", examples(WarpedPairs(sides, SIDE, 1), ("source",)))

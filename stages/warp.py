"""Pack the crops for training, and say whether the source shows what the target asks for."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceswap import clock, coverage, masks, pool
from faceswap.crops import Crop, CropFolder
from faceswap.dataset import WarpedPairs
from faceswap.errors import Damaged, NoFaces
from faceswap.examples import examples
from faceswap.faces import LANDMARKS
from faceswap.images import write_image
from faceswap.packed import PackedFaces
from faceswap.report import few
from faceswap.rows import Rows
from faceswap.stage import Bar, Progress, Stage, Summary, silent
from faceswap.workspace import SIDES, Workspace

#: Pixels a face on the sheet of warped pairs.
SIDE = 128
#: Pictures that are read at a time.
_AHEAD = 8


@dataclass(frozen=True)
class Warp(Stage):
    """Pack both sides' crops into arrays that training maps into memory."""

    reads = ("source/crops", "target/crops")
    uses = ("source/left_out", "target/left_out")
    writes = ("source/pairs", "target/pairs")

    def needs(self, work: Workspace) -> int:
        """Pixels, masks and landmarks of all crops to learn from."""
        needed = 0
        for side in SIDES:
            crops = CropFolder(work.require(f"{side}/crops"))
            first = next(crops.learnable(), None)
            if first is not None:
                size = crops.picture(first).shape[0]
                needed += crops.count(training=True) * (4 * size**2 + LANDMARKS * 2 * 4)
        return needed

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Write the arrays and a sheet of warped pairs for each side; report the coverage."""
        counts: dict[str, int] = {}
        figures: dict[str, NDArray[np.float64]] = {}
        for side in SIDES:
            crops = CropFolder(work.require(f"{side}/crops"))
            counts[side] = crops.count(training=True)
            gone = crops.deleted()
            if gone:
                progress.warn(f"of the {side}'s crops are not there, nor learnt: {few(gone)}")
            if not counts[side]:
                raise NoFaces(f"no crop of the {side} is left to learn from: see faceswap align -h")
            with work.making(f"{side}/pairs") as packed:
                with progress.bar(f"warp {side}", counts[side], unit="face") as bar:
                    figures[side] = _pack(crops, counts[side], packed, bar)
                _draw(packed)
        lines = coverage.compare(figures["source"], figures["target"])
        for line in lines:
            progress.note(str(line))
        for warning in coverage.advice(lines):
            progress.warn(warning)
        return {**counts, **{line.figure: round(1 - line.beyond, 3) for line in lines}}


def _pack(crops: CropFolder, count: int, to: Path, bar: Bar) -> NDArray[np.float64]:
    """Writes the arrays; gives what `coverage.measure` finds in each crop."""
    size = crops.picture(next(crops.learnable())).shape[0]
    faces = Rows.create(to / "faces.npy", (count, size, size, 3), np.uint8)
    hulls = Rows.create(to / "masks.npy", (count, size, size), np.uint8)
    points = Rows.create(to / "landmarks.npy", (count, 68, 2), np.float32)
    figures = np.empty((count, len(coverage.FIGURES)))
    done = 0
    for some, pictures in _read(crops):
        for crop, picture in zip(some, pictures, strict=True):
            if len(picture) != size:
                raise Damaged(f"{crops.folder / crop.name} is not {size}x{size}: delete it")
        faces.write(done, np.stack(pictures))
        outlines = [masks.hull(crop.crop_points) for crop in some]
        hulls.write(done, np.stack([masks.fill(outline, (size, size)) for outline in outlines]))
        points.write(done, np.stack([crop.crop_points for crop in some]))
        figures[done : done + len(some)] = list(map(coverage.measure, some, pictures))
        done += len(some)
        bar.step(len(some))
    return figures


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

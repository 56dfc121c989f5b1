"""Give each of the target's faces the source's, by the trained model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import msgspec
import numpy as np
from numpy.typing import NDArray

from faceswap.crops import RECORDS, Crop, CropFolder, pack
from faceswap.errors import NoFaces, Unsupported
from faceswap.geometry import centre_matrix, compose
from faceswap.images import write_image
from faceswap.journal import Journal, done_before
from faceswap.model import FaceModel, Swaps, load, load_recipe
from faceswap.options import option
from faceswap.rows import Rows
from faceswap.sampling import sample
from faceswap.sheet import sheet, spread
from faceswap.stage import Progress, Stage, Summary, silent
from faceswap.workspace import Workspace

#: Faces on the contact sheet: target above swapped.
SHOWN = 40
COLUMNS = 10


@dataclass(frozen=True)
class Convert(Stage):
    """Swap the faces of the target's crops, many at a time."""

    reads = ("model", "target/crops")
    writes = ("swapped",)

    at_once: int = option(
        64, "Faces that go through the network at once.", low=1, affects="nothing"
    )
    precision: str = option(
        "auto",
        "Arithmetic of the network.",
        choices=("auto", "float32", "bfloat16", "float16"),
    )

    def check(self, work: Workspace) -> None:
        """Refuse a model that cannot swap."""
        _swapper(load_recipe(work.require("model")))

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Write the swapped faces, their masks, and a contact sheet."""
        crops = CropFolder(work.require("target/crops"))
        count = crops.count()
        if not count:
            raise NoFaces(f"{crops.folder} holds no crops: run `faceswap align {work.root}`")
        model, net = load(work.require("model"), self.precision)
        swapper = _swapper(model)
        size = swapper.size
        with work.making("swapped") as folder:
            faces = Rows.create(folder / "faces.npy", (count, size, size, 3), np.uint8)
            masks = Rows.create(folder / "masks.npy", (count, size, size), np.uint8)
            journal = Journal(folder / RECORDS, Crop)
            ranges = [(i, min(i + self.at_once, count)) for i in range(0, count, self.at_once)]
            left = journal.left(ranges)
            done = done_before(left, count)
            with progress.bar("convert", count, done, unit="face") as bar:
                for start, some in _batches(crops, left):
                    pictures = [crops.picture(crop) for crop in some]
                    swapped, opacity, _ = swapper.swap(net, _inputs(pictures, size))
                    faces.write(start, _bytes(swapped))
                    masks.write(start, _bytes(opacity))
                    faces.sync()
                    masks.sync()
                    journal.append(
                        _onto(crop, picture.shape[0], size)
                        for crop, picture in zip(some, pictures, strict=True)
                    )
                    bar.step(len(some))
            _draw(crops, faces, count)
        return {"faces": count, "size": size}


def _swapper(model: FaceModel) -> Swaps:
    if not isinstance(model, Swaps):
        raise Unsupported(f"`{model.name}` cannot swap faces: train a model that can")
    return model


def _batches(crops: CropFolder, ranges: list[tuple[int, int]]) -> Iterator[tuple[int, list[Crop]]]:
    rest, at = iter(crops), 0
    for start, stop in ranges:
        yield start, list(islice(rest, start - at, stop - at))
        at = stop


def _inputs(pictures: list[NDArray[np.uint8]], size: int) -> NDArray[np.float32]:
    """What the network sees of crops: (n, size, size, 3) in [0, 1]."""
    faces = [_square(picture, size) for picture in pictures]
    return np.stack(faces).astype(np.float32) / np.float32(255)


def _square(picture: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    return sample(picture, centre_matrix(picture.shape[0], size), size)


def _onto(crop: Crop, size: int, net_size: int) -> Crop:
    """The same face, with the matrix from the frame to the network's square."""
    matrix = compose(centre_matrix(size, net_size), crop.from_frame)
    return msgspec.structs.replace(crop, matrix=pack(matrix))


def _bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.round(values.clip(0, 1) * 255).astype(np.uint8)


def _draw(crops: CropFolder, faces: Rows, count: int) -> None:
    """Draws the target's faces, and below each what it became."""
    shown = spread(count, SHOWN)
    size = faces.shape[1]
    before = [_square(crops.picture(crop), size) for n, crop in enumerate(crops) if n in set(shown)]
    after = [faces.read(n, n + 1)[0] for n in shown]
    pictures: list[NDArray[np.uint8]] = []
    for row in range(0, len(shown), COLUMNS):
        blank = [np.zeros((size, size, 3), np.uint8)] * (COLUMNS - len(shown[row : row + COLUMNS]))
        pictures += [*before[row : row + COLUMNS], *blank, *after[row : row + COLUMNS], *blank]
    write_image(faces.path.parent / "sheet.png", sheet(pictures, COLUMNS))

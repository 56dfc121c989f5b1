"""Give each of the target's faces the source's, by the trained model."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from faceswap import clock
from faceswap.alignment.crops import Crop, CropFolder, pack
from faceswap.compositing import occlusion
from faceswap.compositing.masks import Edge
from faceswap.compositing.swapped import DRAWN, MODEL, SwappedFolder
from faceswap.compositing.sweep import draw_sweep
from faceswap.errors import NoFaces, Unsupported
from faceswap.films.images import write_image
from faceswap.model import FaceModel, Swapped, Swaps, load, load_recipe
from faceswap.options import option
from faceswap.pictures.geometry import centre_matrix, compose
from faceswap.pictures.levels import levels, shares
from faceswap.pictures.sampling import sample
from faceswap.pictures.sheet import sheet, spread
from faceswap.provenance.statement import ModelUsed
from faceswap.report import few
from faceswap.stage import Progress, Stage, Summary, silent
from faceswap.storage import digests, durable, room
from faceswap.storage.journal import done_before
from faceswap.workspace import Workspace
from faceswap.writing.image_writer import PREVIEW, write_marked

#: Faces on the contact sheet: target above swapped.
SHOWN = 40
COLUMNS = 10


@dataclass(frozen=True)
class Convert(Stage):
    """Swap the faces of the target's crops, many at a time."""

    reads = ("model", "target/crops")
    writes = ("swapped", "masks", "sweep")
    separate = True
    version = 5

    at_once: int = option(
        64, "Faces that go through the network at once.", low=1, high=1024, affects="nothing"
    )
    precision: str = option(
        "auto",
        "Arithmetic of the network.",
        choices=("auto", "float32", "bfloat16", "float16"),
    )
    mask_images: bool = option(
        False,
        "Write each face's mask as an image too, to be repainted: white is the new face.",
        affects="nothing",
    )
    sweep: bool = option(
        False,
        "Draw the hardest faces in all looks that merge knows, numbered.",
        affects="nothing",
    )

    def makes(self) -> tuple[str, ...]:
        """The swapped faces, and what is drawn of them where it is asked for."""
        asked = {"masks": self.mask_images, "sweep": self.sweep}
        return ("swapped", *(name for name in asked if asked[name]))

    def check(self, work: Workspace) -> None:
        """Refuse a model that cannot swap."""
        _swapper(load_recipe(work.require("model")))

    def needs(self, work: Workspace) -> int:
        """The arrays, and the faces' records."""
        if "swapped" in work.kept:
            return 0
        count = CropFolder(work.require("target/crops")).count()
        size = _swapper(load_recipe(work.require("model"))).size
        return count * (SwappedFolder.row_bytes(size) + room.RECORD)

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Write the swapped faces and what is known of them, and a contact sheet."""
        if "swapped" not in work.kept:
            _set_aside(work, progress)
            with work.making("swapped") as place:
                self._convert(work, place, progress)
        folder = SwappedFolder(work.require("swapped"))
        if self.mask_images and "masks" not in work.kept:
            with work.making("masks") as images:
                _write_masks(folder, images)
        if self.sweep and "sweep" not in work.kept:
            with work.making("sweep") as path:
                draw_sweep(folder, work.on("target"), path)
            progress.note(f"{work.path('sweep')}: merge takes a number of it as --look")
        return {"faces": len(folder), "size": folder.size, "occluded": _occluded(folder)}

    def _convert(self, work: Workspace, place: Path, progress: Progress) -> None:
        crops = CropFolder(work.require("target/crops"))
        count = crops.count()
        gone = crops.deleted()
        if gone:
            progress.warn(f"of the target's crops are not there, nor swapped: {few(gone)}")
        if not count:
            raise NoFaces(f"{crops.folder} holds no crops: run `faceswap align {work.root}`")
        model, net = load(work.require("model"), self.precision)
        swapper = _swapper(model)
        weights = digests.of_file(work.path("model") / "weights.safetensors")
        used = ModelUsed(model.name, weights, model.recipe().options)
        durable.write(place / MODEL, msgspec.json.encode(used))
        folder = SwappedFolder.create(place, count, swapper.size)
        ranges = [(i, min(i + self.at_once, count)) for i in range(0, count, self.at_once)]
        left = folder.journal.left(ranges)
        # While the network draws a batch, the one before is compared and written.
        with (
            progress.bar("convert", count, done_before(left, count), unit="face") as bar,
            ThreadPoolExecutor(1) as writer,
        ):
            written: deque[Future[int]] = deque()
            for start, some in _batches(crops, left):
                with clock.part("decode"):
                    pictures = [crops.picture(crop) for crop in some]
                swapped = _swap(swapper, net, pictures)
                if written:
                    bar.step(written.popleft().result())
                written.append(writer.submit(_write, folder, start, some, pictures, swapped))
            while written:
                bar.step(written.popleft().result())
        folder.find_occlusion()
        _draw(folder, count)


def _swap(swapper: Swaps, net: Any, pictures: list[NDArray[np.uint8]]) -> tuple[Any, Swapped]:
    """The crops as the network sees them, uint8, and what it makes of them."""
    targets = np.stack([_square(picture, swapper.size) for picture in pictures])
    with clock.part("network"):
        return targets, swapper.swap(net, shares(targets))


def _write(
    folder: SwappedFolder,
    start: int,
    some: list[Crop],
    pictures: list[NDArray[np.uint8]],
    drawn: tuple[NDArray[np.uint8], Swapped],
) -> int:
    """Writes a batch's rows, and only then their records; gives how many."""
    (targets, swapped), size = drawn, folder.size
    crops = [
        _onto(crop, picture.shape[0], size) for crop, picture in zip(some, pictures, strict=True)
    ]
    points = np.stack([crop.crop_points for crop in crops])
    rows = {
        folder.faces: levels(swapped.faces),
        folder.masks: levels(swapped.masks),
        folder.targets: targets,
        folder.hulls: np.stack([occlusion.cells(p, size) for p in points]),
        folder.differences: occlusion.differences(shares(targets), swapped.copies, points),
    }
    with clock.part("encode"):
        for array, values in rows.items():
            array.write(start, values)
            array.sync()
        folder.journal.append(crops)
    return len(crops)


def _set_aside(work: Workspace, progress: Progress) -> None:
    """Moves images of other masks away: they may have been repainted, so they are not lost."""
    images = work.path("masks")
    if images.exists():
        aside = durable.set_aside(images, work.root / f"{DRAWN}.before")
        progress.warn(f"{images} shows the masks of other faces: moved to {aside.name}/")


def _write_masks(folder: SwappedFolder, images: Path) -> None:
    for row, crop in folder.crops():
        learned, before = (a.read(row, row + 1)[0] for a in (folder.masks, folder.occlusion))
        hard = Edge(erode=0.0, feather=0.0).alpha(crop.crop_points, learned, before)
        write_image(images / crop.name, np.repeat(levels(hard)[..., None], 3, axis=2))


def _occluded(folder: SwappedFolder) -> int:
    """How many faces have something before them."""
    return sum(bool(folder.occlusion.read(n, n + 1).any()) for n in range(len(folder)))


def _swapper(model: FaceModel) -> Swaps:
    if not isinstance(model, Swaps):
        raise Unsupported(f"`{model.name}` cannot swap faces: train a model that can")
    return model


def _batches(crops: CropFolder, ranges: list[tuple[int, int]]) -> Iterator[tuple[int, list[Crop]]]:
    rest, at = iter(crops), 0
    for start, stop in ranges:
        yield start, list(islice(rest, start - at, stop - at))
        at = stop


def _square(picture: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    return sample(picture, centre_matrix(picture.shape[0], size), size)


def _onto(crop: Crop, size: int, net_size: int) -> Crop:
    """The same face, with the matrix from the frame to the network's square."""
    matrix = compose(centre_matrix(size, net_size), crop.from_frame)
    return msgspec.structs.replace(crop, matrix=pack(matrix))


def _draw(folder: SwappedFolder, count: int) -> None:
    """Draws the target's faces, and below each what it became."""
    shown = spread(count, SHOWN)
    pictures: list[NDArray[np.uint8]] = []
    blank = np.zeros((folder.size, folder.size, 3), np.uint8)
    for row in range(0, len(shown), COLUMNS):
        some = shown[row : row + COLUMNS]
        for array in (folder.targets, folder.faces):
            pictures += [*(array.read(n, n + 1)[0] for n in some), *[blank] * (COLUMNS - len(some))]
    write_marked(folder.folder / "sheet.png", sheet(pictures, COLUMNS), "png", PREVIEW)

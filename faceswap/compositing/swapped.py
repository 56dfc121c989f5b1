"""What `convert` leaves: the swapped faces, and all that is known of the faces they replace."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import DTypeLike, NDArray

from faceswap.alignment import temporal
from faceswap.alignment.crops import LARGEST, RECORDS, Crop, square_picture
from faceswap.compositing import occlusion
from faceswap.compositing.occlusion import CHANNELS, GRID
from faceswap.errors import Damaged
from faceswap.pictures.sheet import spread
from faceswap.storage.journal import Journal
from faceswap.storage.rows import Rows

#: The folder of masks as images, for repainting.
DRAWN = "masks"
#: What drew the faces: its recipe, and the digest of its weights.
MODEL = "model.json"
#: What each row of an array is, besides the faces' number; of uint8 but for the differences.
_ARRAYS = {
    "faces": (-1, -1, 3),
    "masks": (-1, -1),
    "targets": (-1, -1, 3),
    "hulls": (GRID, GRID),
    "differences": (GRID, GRID, CHANNELS),
    "occlusion": (GRID, GRID),
}


class SwappedFolder:
    """The arrays of `convert`, a row a face, and the faces' records.

    Attributes:
        faces: (n, s, s, 3) the new faces.
        masks: (n, s, s) what the model sees as face.
        targets: (n, s, s, 3) the faces they replace, in the same square.
        hulls: (n, GRID, GRID) the old faces' cells.
        differences: (n, GRID, GRID, CHANNELS) float16, of the old faces from their copies.
        occlusion: (n, GRID, GRID) 255 where something lies before the old face.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        arrays = {name: Rows(folder / f"{name}.npy") for name in _ARRAYS}
        self.faces, self.masks, self.targets = (arrays[n] for n in ("faces", "masks", "targets"))
        self.hulls, self.differences = arrays["hulls"], arrays["differences"]
        self.occlusion = arrays["occlusion"]
        for name, rows in arrays.items():
            if not _fits(name, rows, self.faces.shape):
                raise Damaged(f"{rows.path} does not go with the others: run convert again")

    @classmethod
    def create(cls, folder: Path, count: int, size: int) -> SwappedFolder:
        """The folder with arrays for `count` faces of `size`; those that are there stay."""
        for name in _ARRAYS:
            Rows.create(folder / f"{name}.npy", (count, *_sides(name, size)), _kind(name))
        return cls(folder)

    @staticmethod
    def row_bytes(size: int) -> int:
        """Bytes of a face of this size in all arrays."""
        return sum(math.prod(_sides(n, size)) * np.dtype(_kind(n)).itemsize for n in _ARRAYS)

    def __len__(self) -> int:
        """Number of faces."""
        return int(self.faces.shape[0])

    @property
    def size(self) -> int:
        """Side of the square in pixels."""
        return int(self.faces.shape[1])

    @property
    def journal(self) -> Journal[Crop]:
        """The faces' records; `Crop.from_frame` leads to the square here."""
        return Journal(self.folder / RECORDS, Crop)

    def crops(self) -> Iterator[tuple[int, Crop]]:
        """Each face's row and record, in the order of the frames."""
        yield from enumerate(self.journal)

    def runs(self) -> list[NDArray[np.int64]]:
        """The rows of each face that was followed without a gap: one track in one shot."""
        tracks: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for row, crop in self.crops():
            tracks[crop.track, crop.shot].append((row, crop.frame))
        found = []
        for members in tracks.values():
            rows, frames = np.array(members).T
            none = np.zeros(len(rows), bool)
            found += [rows[a:b] for a, b in temporal.runs(frames, none)]
        return found

    def drawn(self, crop: Crop) -> NDArray[np.uint8] | None:
        """The mask that lies there as an image, (k, k), 255 for the new face; None without one."""
        path = self.folder / DRAWN / crop.name
        if not path.exists():
            return None
        image = square_picture(path, "repaint it, or delete it")
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)

    def find_occlusion(self) -> None:
        """Fill in `occlusion` from the differences; with too few faces, nothing is before them."""
        if len(self) < occlusion.FEWEST:
            return
        some = [self.differences.read(n, n + 1) for n in spread(len(self), occlusion.SAMPLED)]
        film = occlusion.usual(np.concatenate(some))
        for run in self.runs():
            for rows, begin, end in occlusion.chunks(run.tolist()):
                read = np.concatenate([self.differences.read(n, n + 1) for n in rows])
                found = occlusion.gathered(occlusion.evidence(read, film))
                for row, one in zip(rows[begin:end], found[begin:end], strict=True):
                    inside = self.hulls.read(row, row + 1)[0] > 0
                    self.occlusion.write(row, occlusion.before(one, inside)[None])
        self.occlusion.sync()


def _sides(name: str, size: int) -> list[int]:
    return [size if side < 0 else side for side in _ARRAYS[name]]


def _kind(name: str) -> DTypeLike:
    return np.float16 if name == "differences" else np.uint8


def _fits(name: str, rows: Rows, faces: tuple[int, ...]) -> bool:
    """Whether an array is what it should be beside that of the faces, (n, s, s, 3)."""
    count, size = (*faces, 0, 0)[:2]
    wanted = (count, *_sides(name, size))
    return rows.shape == wanted and rows.dtype == _kind(name) and 0 < size <= LARGEST

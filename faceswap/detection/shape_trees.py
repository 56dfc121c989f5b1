"""Trees: dlib's 68-point shape predictor as a few arrays, and where they are kept."""

from __future__ import annotations

import os
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap.detection.dlib_file import reading
from faceswap.detection.faces import LANDMARKS
from faceswap.detection.packed_integers import integers
from faceswap.storage import durable, limits
from faceswap.storage.untrusted import read_bytes

#: Below the user's cache folder.
_KEPT = "landmarks"
#: Of each tree: questions on its way down, all its questions, and its leaves.
DEPTH = 4
QUESTIONS, LEAVES = 2**DEPTH - 1, 2**DEPTH
#: Numbers in a leaf, and integers in the file for a question, a leaf and a tree.
_NUMBERS = 2 * LANDMARKS
_QUESTION, _LEAF = 4, 2 + 2 * _NUMBERS
_TREE = 1 + QUESTIONS * _QUESTION + 1 + LEAVES * _LEAF
#: Cascades, trees of one, and pixels that these ask about are no more than so many.
_MOST = 4096


class Trees(NamedTuple):
    """Cascades of regression trees that move a mean shape onto a face.

    Kazemi and Sullivan 2014. Of each of `c` cascades `t` trees look at `p` pixels of the face; the
    questions of a tree are asked from the root down, the left child's before the right's.

    Attributes:
        mean: (68, 2) float32, in sides of the face's square.
        anchors: (c, p) int64, the landmark each pixel is near.
        offsets: (c, p, 2) float32, how far from it, turned and scaled as the shape is.
        first: (c, 15, t) int64, of each question the pixel that has to be brighter,
        second: (c, 15, t) int64, than this one
        limits: (c, 15, t) int16, by more than this.
        leaves: (c, t, 16, 136) float32, what is added to the shape where a tree's way ends.
    """

    mean: NDArray[np.float32]
    anchors: NDArray[np.int64]
    offsets: NDArray[np.float32]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    limits: NDArray[np.int16]
    leaves: NDArray[np.float32]


def load(path: Path, folder: Path | None = None) -> Trees:
    """The trees in dlib's file, of the copy kept in `folder` where there is one.

    dlib's 100 MB are numbers of any length, which take seconds to read; the copy takes 0.1 s.

    Args:
        path: `shape_predictor_68_face_landmarks.dat`.
        folder: Where the copy is kept; without it, in the user's cache folder.

    Raises:
        Damaged: If dlib's file does not hold such trees.
    """
    try:
        place = (folder or Path.home() / ".cache" / "faceswap") / f"{_KEPT}-{_named(path)}"
    except (OSError, RuntimeError):
        return read_trees(path)
    kept = _kept(place)
    if kept is None:
        kept = read_trees(path)
        _keep(place, kept)
    return kept


def read_trees(path: Path) -> Trees:
    """The trees in dlib's file; raises `Damaged` where it does not hold such."""
    with reading(path):
        return _Reader(integers(read_bytes(path, limits.TREES_BYTES))).trees()


def _named(path: Path) -> str:
    """A name that another file does not have, without reading all of it."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        begin = file.read(1 << 16)
        file.seek(size // 2)
        return f"{size}-{zlib.crc32(file.read(1 << 16), zlib.crc32(begin)):08x}"


def _kept(place: Path) -> Trees | None:
    """What is kept there, if it is whole."""
    from safetensors import SafetensorError
    from safetensors.numpy import load as unpack

    try:
        data = read_bytes(place, limits.TREES_BYTES)
        whole = zlib.adler32(data[4:]) == int.from_bytes(data[:4], "little")
        return Trees(**unpack(data[4:])) if whole else None
    except (OSError, SafetensorError, TypeError, ValueError):
        return None


def _keep(place: Path, trees: Trees) -> None:
    """Keeps a copy if that can be done; several workers may at the same time."""
    from safetensors.numpy import save as pack

    data = pack(trees._asdict())
    mine = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        durable.write(mine, zlib.adler32(data).to_bytes(4, "little") + data)
        durable.move(mine, place)
    except OSError:
        with suppress(OSError):
            mine.unlink()


class _Reader:
    """Reads the predictor from its first number to its last."""

    def __init__(self, numbers: NDArray[np.int64]) -> None:
        self.numbers, self.at = numbers, 0

    def trees(self) -> Trees:
        self._expect(1, "version")
        self._expect(-_NUMBERS, "rows of the mean shape")
        self._expect(-1, "columns of the mean shape")
        mean = _floats(self._take(2 * _NUMBERS).reshape(-1, 2))
        forests = [self._forest() for _ in range(self._count())]
        anchors = [self._take(self._count()) for _ in range(self._expect(len(forests), "anchors"))]
        offsets = [
            _floats(self._take(4 * self._count()).reshape(-1, 2))
            for _ in range(self._expect(len(forests), "offsets"))
        ]
        if self.at != len(self.numbers):
            raise ValueError(f"{len(self.numbers)} numbers, expected {self.at}")
        first, second, limits, leaves = map(np.stack, zip(*forests, strict=True))
        pixels = np.stack(anchors)
        _inside(pixels, LANDMARKS, "landmark")
        _inside(np.stack([first, second]), pixels.shape[1], "pixel")
        shifts = np.stack(offsets).reshape(*pixels.shape, 2)
        found = Trees(mean.reshape(-1, 2), pixels, shifts, first, second, limits, leaves)
        # In the order that is told, not only in that which is shown: safetensors writes memory.
        return Trees(*map(np.ascontiguousarray, found))

    def _forest(self) -> tuple[NDArray[Any], ...]:
        """First, second, limits and leaves of a cascade, as in `Trees`."""
        trees = self._take(_TREE * self._count()).reshape(-1, _TREE)
        leaves = trees[:, _TREE - LEAVES * _LEAF :].reshape(-1, LEAVES, _LEAF)
        counts = trees[:, [0, 1 + QUESTIONS * _QUESTION]] == (QUESTIONS, LEAVES)
        shapes = leaves[:, :, :2] == (-_NUMBERS, -1)
        if not (counts.all() and shapes.all()):
            raise ValueError("a tree of another form")
        asked = trees[:, 1 : 1 + QUESTIONS * _QUESTION].reshape(-1, QUESTIONS, _QUESTION).T
        # Pixels are whole numbers, so a difference above the limit is one above its floor.
        limits = np.floor(_floats(asked[2:].transpose(1, 2, 0))).clip(-256, 256)
        values = _floats(leaves[:, :, 2:].reshape(*leaves.shape[:2], _NUMBERS, 2))
        return asked[0], asked[1], limits.astype(np.int16), values

    def _count(self) -> int:
        count = int(self._take(1)[0])
        if not 0 < count <= _MOST:
            raise ValueError(f"{count} of something, at most {_MOST} are read")
        return count

    def _expect(self, wanted: int, what: str) -> int:
        found = int(self._take(1)[0])
        if found != wanted:
            raise ValueError(f"{what} {found}, expected {wanted}")
        return found

    def _take(self, count: int) -> NDArray[np.int64]:
        self.at += count
        if self.at > len(self.numbers):
            raise ValueError(f"it ends after {len(self.numbers)} numbers")
        return self.numbers[self.at - count : self.at]


def _floats(pairs: NDArray[np.int64]) -> NDArray[np.float32]:
    """Of mantissas and exponents of two (..., 2) the numbers (...)."""
    exponents = pairs[..., 1]
    if exponents.size and not -200 < exponents.min() <= exponents.max() < 100:
        raise ValueError(f"exponents of {exponents.min()} to {exponents.max()}")
    return np.ldexp(pairs[..., 0].astype(np.float32), exponents.astype(np.int32))


def _inside(numbers: NDArray[np.int64], count: int, what: str) -> None:
    if numbers.min() < 0 or numbers.max() >= count:
        raise ValueError(f"a {what} {numbers.min()} or {numbers.max()} of {count}")

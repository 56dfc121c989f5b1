"""A .npy file written and read some rows at a time, without mapping it into memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import DTypeLike, NDArray

from faceswap import durable
from faceswap.errors import Damaged


class Rows:
    """The rows of one array on the disk: pages of a mapped file would count as memory in use.

    Args:
        path: A .npy file, made by `create` or by NumPy.

    Raises:
        Damaged: If it is no such file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                npy.read_magic(file)
                self.shape, by_column, self.dtype = npy.read_array_header_1_0(file)
                self._begin = file.tell()
            if by_column or self.dtype.hasobject:
                raise ValueError("expected plain numbers, row after row")
        except (OSError, ValueError) as error:
            raise Damaged(f"{path} is no array ({error}): run its stage again") from None
        self._row = math.prod(self.shape[1:]) * self.dtype.itemsize

    @classmethod
    def create(cls, path: Path, shape: Sequence[int], dtype: DTypeLike) -> Rows:
        """A file for an array of this shape, or the one that is there if it is of this kind."""
        wanted = {"descr": npy.dtype_to_descr(np.dtype(dtype)), "fortran_order": False}
        if not cls._holds(path, tuple(shape), np.dtype(dtype)):
            with path.open("wb") as file:
                npy.write_array_header_1_0(file, {**wanted, "shape": tuple(shape)})
                file.truncate(file.tell() + math.prod(shape) * np.dtype(dtype).itemsize)
            durable.settle([path])
        return cls(path)

    @classmethod
    def _holds(cls, path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> bool:
        # A run that was killed in `create` leaves a file that cannot be read, or one that ends
        # after its header: begin it anew.
        try:
            old = cls(path)
        except Damaged:
            return False
        whole = old._begin + math.prod(shape) * dtype.itemsize
        return old.shape == shape and old.dtype == dtype and path.stat().st_size == whole

    def write(self, start: int, rows: NDArray[Any]) -> None:
        """Put rows at their place, from number `start` on."""
        with self.path.open("rb+") as file:
            file.seek(self._begin + start * self._row)
            file.write(np.ascontiguousarray(rows, self.dtype).tobytes())

    def sync(self) -> None:
        """Bring what was written to the disk: before a journal says that it is done."""
        durable.sync(self.path)

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Rows `start` to before `stop`."""
        count = (stop - start) * math.prod(self.shape[1:])
        offset = self._begin + start * self._row
        flat = np.fromfile(self.path, self.dtype, count, offset=offset)
        if flat.size != count:
            raise Damaged(f"{self.path} is cut off: run its stage again")
        return flat.reshape(stop - start, *self.shape[1:])

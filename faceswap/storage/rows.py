"""A .npy file written and read some rows at a time, without mapping it into memory."""

from __future__ import annotations

import math
import os
import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import DTypeLike, NDArray

from faceswap.errors import Damaged
from faceswap.storage import durable, limits
from faceswap.storage.untrusted import open_file, said

#: The beginning of a .npy file of version 1: magic, version, length of the header (NEP 1).
_START = struct.Struct("<8sH")
_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = re.compile(
    rb"\{'descr': '(\|[iu]1|<[iu][248]|<f[248])', 'fortran_order': False, "
    rb"'shape': \(([0-9]{1,9}(?:, ?[0-9]{1,9}){0,7},?)\), *\} *\n"
)


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
            with open_file(path) as file:
                self.shape, self.dtype = _header(file)
                self._begin = file.tell()
                size = os.fstat(file.fileno()).st_size
            self._row = math.prod(self.shape[1:]) * self.dtype.itemsize
            if size != self._begin + self.shape[0] * self._row:
                raise ValueError(f"{size} bytes do not hold {self.shape} of {self.dtype}")
        except (OSError, ValueError) as error:
            raise Damaged(f"{path} is no array ({said(error)}): run its stage again") from None

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

    def mapped(self) -> NDArray[Any]:
        """All rows, read from the disk where they are looked at."""
        if not self.shape[0]:
            return np.empty(self.shape, self.dtype)
        return np.memmap(self.path, self.dtype, "r", self._begin, self.shape)

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


def _header(file: BinaryIO) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and kind of plain numbers, row after row; raises ValueError for anything else.

    NumPy's own reader takes a header for a piece of Python. What it and `create` write has one
    form only.
    """
    start = file.read(_START.size)
    magic, length = _START.unpack(start.ljust(_START.size))
    found = _HEADER.fullmatch(file.read(length)) if magic == _MAGIC else None
    if not found:
        raise ValueError("expected plain numbers, row after row")
    shape = tuple(int(side) for side in found[2].split(b",") if side.strip())
    if not shape or not all(shape[1:]) or shape[0] > limits.ROWS:
        raise ValueError(f"no rows of {shape}")
    return shape, np.dtype(found[1].decode())

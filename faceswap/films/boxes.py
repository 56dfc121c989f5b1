"""The boxes of MP4 and QuickTime files, looked at before a demuxer believes what they say."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

from faceswap.storage import limits

#: Boxes that hold the ones looked for; `free` and `hoov` too, as ffmpeg finds a `moov` in them.
_FOLDERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"free", b"hoov"}
#: The ones looked for lie five deep, or six where the `moov` is hidden.
_DEEP = 8
#: Flags of a `trun` by which each of its samples has bytes of its own.
_OWN_BYTES = 0xF00


def check(file: BinaryIO) -> None:
    """Refuse a file that promises far more samples than it has bytes.

    The demuxer makes a table of 24 bytes for each sample first: 700 bytes of file that speak of
    89 million equal samples took 3 GB.

    Args:
        file: Open for reading; of any kind: one without boxes passes.

    Raises:
        ValueError: For such a file, or one with a compressed header, which nothing writes since
            QuickTime 3.
    """
    size = os.fstat(file.fileno()).st_size
    _Look(file, max(size, limits.SAMPLES)).within(0, size)


@dataclass
class _Look:
    file: BinaryIO
    samples: int
    boxes: int = limits.BOXES

    def within(self, at: int, end: int, depth: int = 0) -> None:
        """Looks at the boxes between two places in the file."""
        while at + 8 <= end and self.boxes:
            self.boxes -= 1
            length, kind, head = self._header(at, end)
            if length < head:
                return
            if kind == b"cmov":
                raise ValueError("its header is compressed: write it anew, as with ffmpeg -c copy")
            if kind in _FOLDERS and depth < _DEEP:
                self.within(at + head, min(at + length, end), depth + 1)
            elif kind in (b"stsz", b"trun"):
                self.samples -= self._promised(kind, at + head)
            if self.samples < 0:
                raise ValueError("its header promises more frames than the file can hold")
            at += length

    def _header(self, at: int, end: int) -> tuple[int, bytes, int]:
        """Length of a box, its kind, and the length of its header."""
        self.file.seek(at)
        data = self.file.read(16)
        length, kind = struct.unpack(">I4s", data[:8])
        if length == 1 and len(data) == 16:
            return int.from_bytes(data[8:], "big"), kind, 16
        return (end - at if length == 0 else length), kind, 8

    def _promised(self, kind: bytes, at: int) -> int:
        """Samples that a box speaks of without a byte for each of them."""
        self.file.seek(at)
        one, two, three = struct.unpack(">3I", self.file.read(12).ljust(12, b"\0"))
        if kind == b"stsz":
            # Version; bytes of every sample, 0 where a table of them follows; samples.
            return int(three if two else 0)
        return 0 if one & _OWN_BYTES else int(two)

"""The boxes of MP4 and QuickTime files, looked at before a demuxer believes what they say."""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

#: Boxes that hold the ones looked for; `free` and `hoov` too, as ffmpeg finds a `moov` in them.
_FOLDERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"free", b"hoov"}
#: A box in a box in a box: the ones looked for lie six deep.
_DEEP = 8
#: Boxes looked at in one file: a film in fragments of a second has ten for each.
_MOST = 2_000_000
#: Flags of a `trun` by which each of its samples has bytes of its own.
_OWN_BYTES = 0xF00


def check(file: BinaryIO) -> None:
    """Refuse a file that promises more samples than it has bytes.

    The demuxer makes a table of 24 bytes for each sample first: 700 bytes of file that speak of
    89 million equal samples took 3 GB.

    Args:
        file: Open for reading; of any kind: one without boxes passes.

    Raises:
        ValueError: For such a file, or one with a compressed header, which nothing writes since
            QuickTime 3.
    """
    size = os.fstat(file.fileno()).st_size
    _look(file, 0, size, size, [_MOST], 0)


def _look(file: BinaryIO, at: int, end: int, size: int, left: list[int], depth: int) -> None:
    while at + 8 <= end and left[0] > 0:
        left[0] -= 1
        length, kind, head = _header(file, at, end)
        if length < head:
            return
        if kind in _FOLDERS and depth < _DEEP:
            _look(file, at + head, min(at + length, end), size, left, depth + 1)
        elif kind == b"cmov":
            raise ValueError("its header is compressed: write it anew, as with ffmpeg -c copy")
        elif kind in (b"stsz", b"trun") and _promised(file, kind, at + head) > size:
            raise ValueError("its header promises more frames than the file can hold")
        at += length


def _header(file: BinaryIO, at: int, end: int) -> tuple[int, bytes, int]:
    """Length of a box, its kind, and the length of its header; a length of 0 ends the looking."""
    file.seek(at)
    data = file.read(16)
    length, kind = struct.unpack(">I4s", data[:8])
    if length == 1 and len(data) == 16:
        return int.from_bytes(data[8:], "big"), kind, 16
    return (end - at if length == 0 else length), kind, 8


def _promised(file: BinaryIO, kind: bytes, at: int) -> int:
    """Samples that a box speaks of without a byte for each of them."""
    file.seek(at)
    data = file.read(12)
    if len(data) < 12:
        return 0
    if kind == b"stsz":
        _, each, count = struct.unpack(">III", data)
        return int(each and count)
    flags, count = struct.unpack(">II", data[:8])
    return 0 if flags & _OWN_BYTES else int(count)

"""Whether a PNG file is all there: its own check sums say so."""

from __future__ import annotations

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def flaw(data: bytes) -> str:
    """What is wrong with a PNG's bytes, in words; empty for a whole one, and for other files.

    PNG specification, 5.3 (chunk layout). Looked at before it is decoded: the library would say
    on the terminal what it finds. Other kinds of files have no check sums to go by.
    """
    if not data.startswith(_SIGNATURE):
        return ""
    at = len(_SIGNATURE)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            break
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            return f"the check sum of its part at byte {at} is wrong"
        if kind == b"IEND":
            return ""
        at = end
    return "it is cut off"

"""The whole numbers that dlib packs one behind the other, millions of them at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Bytes that are followed from their own beginning, all such blocks at the same time.
_BLOCK = 4096
#: Numbers made of bytes at a time: all at once would take ten times the file's memory.
_AT_ONCE = 1 << 22
#: Of a number's first byte: how many bytes follow, and whether it is below zero.
_LENGTH, _MINUS = 0x7F, 0x80
#: The most bytes of a number, and what is left of four of them for each length.
_LONGEST = 4
_KEPT = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF], np.uint32)

Bytes = NDArray[np.uint8]


def integers(data: bytes) -> NDArray[np.int64]:
    """The numbers in `data`: each a byte with its sign and length, then its bytes, lowest first.

    A file of 33 million, which a loop in Python reads in half a minute, takes 2 s.

    Raises:
        ValueError: If a number is longer than four bytes, or the last is cut off.
    """
    given = np.frombuffer(data, np.uint8)
    padded = np.concatenate([given, np.zeros(_LONGEST + 1, np.uint8)])
    places = np.flatnonzero(_firsts(padded, len(given)))
    numbers = np.empty(len(places), np.int64)
    for start in range(0, len(places), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        numbers[part] = _values(padded, places[part])
    return numbers


def _values(padded: Bytes, places: NDArray[np.intp]) -> NDArray[np.int64]:
    first = padded[places]
    length = first & _LENGTH
    if len(length) and not 0 < length.min() <= length.max() <= _LONGEST:
        raise ValueError(f"a number of {length.max()} bytes, or of none")
    following = padded[places[:, None] + np.arange(1, _LONGEST + 1)]
    values = (following.view("<u4")[:, 0] & _KEPT[length]).astype(np.int64)
    np.negative(values, out=values, where=first >= _MINUS)
    return np.asarray(values, np.int64)


def _firsts(padded: Bytes, size: int) -> NDArray[np.bool_]:
    """Which bytes are the first of a number: (size,).

    Where a number begins is known only from the one before it. But numbers that are followed from
    a wrong byte soon fall into step with the right ones, so all blocks are followed at once, each
    from its first byte; then, block by block, only what comes before that is followed again.
    """
    begins = np.arange(0, size, _BLOCK)
    stops = np.minimum(begins + _BLOCK, size)
    seen = np.zeros(size, bool)
    ends = _follow(padded, begins, stops, seen)
    at = 0
    for begin, stop, end in zip(begins.tolist(), stops.tolist(), ends.tolist(), strict=True):
        again = []
        while at < stop and not seen[at]:
            again.append(at)
            at += 1 + int(padded[at] & _LENGTH)
        seen[begin : min(at, stop)] = False
        seen[again] = True
        at = max(at, end) if at < stop else at
    if at != size:
        raise ValueError(f"it ends at byte {size}, in the midst of a number")
    return seen


def _follow(
    padded: Bytes, begins: NDArray[np.intp], stops: NDArray[np.intp], seen: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """Marks what the numbers of each block, followed from its first byte, begin with.

    Returns:
        Where the first number behind each block begins, so followed.
    """
    at, ends, blocks = begins.copy(), begins.copy(), np.arange(len(begins))
    while len(at):
        seen[at] = True
        at = at + 1 + (padded[at] & _LENGTH)
        inside = at < stops[blocks]
        if not inside.all():
            ends[blocks[~inside]] = at[~inside]
            at, blocks = at[inside], blocks[inside]
    return ends

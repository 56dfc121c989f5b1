"""Timecode: the clock of the camera, as `01:02:03:04` (SMPTE ST 12)."""

from __future__ import annotations

import re
from fractions import Fraction

#: Minutes after which drop-frame timecode leaves no numbers out.
_WHOLE = 10


def later(timecode: str, frames: int, rate: Fraction) -> str:
    """The timecode so many frames later; as it was where it is none.

    A `;` before the frames says that two numbers (four at 60 a second) are dropped each minute but
    the tenth, so that it stays in step with the clock at 29.97 frames a second.

    Example:
        >>> later("00:00:59;28", 3, Fraction(30000, 1001))
        '00:01:00;03'
    """
    found = re.fullmatch(r"(\d\d):(\d\d):(\d\d)([:;.])(\d\d)", timecode)
    second = round(rate)
    if not found or not 1 <= second <= 120:
        return timecode
    hours, minutes, seconds, number = (int(found[n]) for n in (1, 2, 3, 5))
    dropped = second // 15 if found[4] != ":" else 0
    minute = 60 * hours + minutes
    count = (60 * minute + seconds) * second + number - dropped * (minute - minute // _WHOLE)
    return _written(count + frames, second, dropped, found[4])


def _written(count: int, second: int, dropped: int, mark: str) -> str:
    ten = 600 * second - (_WHOLE - 1) * dropped
    tens, left = divmod(count % (144 * ten), ten)
    minutes = max(left - dropped, 0) // (60 * second - dropped) if dropped else 0
    count = (tens * _WHOLE + minutes) * dropped - tens * dropped + count % (144 * ten)
    count, number = divmod(count, second)
    return f"{count // 3600:02}:{count // 60 % 60:02}:{count % 60:02}{mark}{number:02}"

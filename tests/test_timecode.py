from __future__ import annotations

from fractions import Fraction

import pytest

from faceswap.writing.timecode import later

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("given", "frames", "rate", "want"),
    [
        ("01:02:03:04", 30, Fraction(25), "01:02:04:09"),
        ("23:59:59:24", 1, Fraction(25), "00:00:00:00"),
        ("00:00:59;29", 1, NTSC, "00:01:00;02"),
        ("00:09:59;29", 1, NTSC, "00:10:00;00"),
        ("01:00:00;00", 107892, NTSC, "02:00:00;00"),
        ("00:00:59:29", 1, NTSC, "00:01:00:00"),
        ("10:00:00;00", 0, Fraction(60000, 1001), "10:00:00;00"),
        ("no timecode", 5, NTSC, "no timecode"),
    ],
)
def test_a_later_timecode(given: str, frames: int, rate: Fraction, want: str) -> None:
    assert later(given, frames, rate) == want


def test_many_steps_are_one() -> None:
    step = start = "00:58:58;10"
    for count in range(1, 4000):
        step = later(step, 1, NTSC)
        assert step == later(start, count, NTSC)

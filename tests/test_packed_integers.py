"""Numbers as dlib packs them, read all at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap.detection.packed_integers import integers


def packed(numbers: list[int]) -> bytes:
    """What dlib's `serialize` makes of whole numbers."""
    parts = []
    for number in numbers:
        data = abs(number).to_bytes(max((abs(number).bit_length() + 7) // 8, 1), "little")
        parts.append(bytes([len(data) | (0x80 if number < 0 else 0)]) + data)
    return b"".join(parts)


@given(st.lists(st.integers(-(2**32) + 1, 2**32 - 1)))
def test_numbers_come_back_as_they_were(numbers: list[int]) -> None:
    assert integers(packed(numbers)).tolist() == numbers


@pytest.mark.parametrize("kind", ["mixed", "long", "like heads"])
def test_blocks_that_begin_within_a_number_are_read_rightly(kind: str) -> None:
    rng = np.random.default_rng(0)
    numbers = {
        "mixed": rng.integers(-(2**31), 2**31, 30_000) >> rng.integers(0, 31, 30_000),
        "long": rng.integers(2**24, 2**32, 30_000),
        # Each byte looks like the first of a number of four bytes.
        "like heads": np.full(30_000, 0x04040404),
    }[kind].tolist()
    assert integers(packed(numbers)).tolist() == numbers


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (packed([1, 70_000])[:-1], "ends at byte 5"),
        (packed([1, 2**32]), "a number of 5 bytes"),
        (b"\x00", "or of none"),
        (packed([5] * 9000) + b"\x7f", "ends at byte 18001"),
    ],
)
def test_what_is_no_row_of_numbers_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        integers(data)

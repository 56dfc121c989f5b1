from __future__ import annotations

import pytest

from faceswap.films.scan import in_order


@pytest.mark.parametrize(
    ("given", "want"),
    [
        ([0, 2, 4], [0, 2, 4]),
        ([None, None, None], [0, 2, 4]),
        ([10, None, 14], [10, 12, 14]),
        ([1, 3, 4, 2, 6, 5], [1, 2, 3, 4, 5, 6]),
        ([0, 0, 0], [0, 1, 2]),
        ([-4, -2, None], [-4, -2, 0]),
        ([5, None, 6, 7], [5, 6, 7, 8]),
        ([], []),
    ],
)
def test_times_are_put_in_order(given: list[int | None], want: list[int]) -> None:
    assert in_order(given, 2) == want

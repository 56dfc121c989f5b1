import numpy as np
import pytest

from faceswap.pictures.sheet import sheet, spread


def grey(level, size=20):
    return np.full((size, size, 3), level, np.uint8)


def test_pictures_stand_in_rows_from_left_to_right():
    page = sheet([grey(10), grey(20), grey(30)], columns=2, side=16)
    assert page.shape == (32, 32, 3)
    assert page.dtype == np.uint8
    assert [page[8, 8, 0], page[8, 24, 0], page[24, 8, 0], page[24, 24, 0]] == [10, 20, 30, 0]


@pytest.mark.parametrize(("count", "shape"), [(1, (1, 1)), (4, (2, 2)), (5, (2, 3)), (9, (3, 3))])
def test_without_columns_it_is_about_square(count, shape):
    page = sheet([grey(1)] * count, side=8)
    assert page.shape[:2] == (8 * shape[0], 8 * shape[1])


def test_pictures_of_any_size_become_the_side():
    assert sheet([grey(5, 7), grey(6, 90)], columns=2, side=32).shape == (32, 64, 3)


def test_no_picture_is_a_black_square():
    assert not sheet([], side=8).any()


@pytest.mark.parametrize(
    ("count", "most", "wanted"),
    [(0, 5, []), (1, 5, [0]), (3, 5, [0, 1, 2]), (5, 2, [0, 4]), (9, 3, [0, 4, 8]), (7, 1, [0])],
)
def test_spread_is_evenly_apart_with_both_ends(count, most, wanted):
    assert spread(count, most) == wanted

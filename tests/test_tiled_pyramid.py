"""The canvas on which the cnn detector sees a picture at all its sizes."""

from __future__ import annotations

import numpy as np
import pytest

from faceswap.detection.tiled_pyramid import TiledPyramid


@pytest.mark.parametrize(
    "size", [(360, 640), (640, 360), (220, 220), (1, 300), (300, 2), (20, 20), (6, 7), (5, 5)]
)
def test_levels_lie_apart_on_the_canvas_and_each_shows_the_picture(size: tuple[int, int]) -> None:
    pyramid = TiledPyramid(*size)
    picture = np.full((1, *size, 3), 2.0, np.float32)
    canvas = np.asarray(pyramid.canvas(picture))[0, ..., 0]
    assert (canvas[:11] == 0).all() and (canvas[:, :11] == 0).all()
    assert (canvas[-11:] == 0).all() and (canvas[:, -11:] == 0).all()
    # Where two levels overlapped, 4 would stand there, or fewer pixels than they have.
    assert set(np.unique(canvas)) == {0, 2}
    assert (canvas == 2).sum() == sum(level.height * level.width for level in pyramid.levels)


def test_a_level_is_five_sixths_of_the_one_before() -> None:
    sizes = [(level.height, level.width) for level in TiledPyramid(360, 640).levels]
    assert sizes[:4] == [(360, 640), (300, 533), (250, 444), (208, 370)]


def test_a_place_leads_back_to_the_picture() -> None:
    pyramid = TiledPyramid(360, 640)
    for number, level in enumerate(pyramid.levels[:8]):
        scale = 1.2**number
        x, y = level.left + level.width / 2, level.top + level.height / 2
        left, top, right, bottom = pyramid.back(x, y, 80)
        assert right - left == pytest.approx(79 * scale) == pytest.approx(bottom - top)
        assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx((320, 180), abs=2 * scale)

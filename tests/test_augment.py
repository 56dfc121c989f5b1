import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap.augment import GRID, Augment, spread_matrix

STILL = Augment(rotation=0, zoom=0, shift=0, warp=0, flip=False, color=0)


def draw(augment: Augment, count: int = 50):
    return augment.draw(np.random.default_rng(1), count)


def test_no_change_is_the_regular_grid_and_the_identity():
    changes = draw(STILL)
    along = np.linspace(-1, 1, GRID)
    np.testing.assert_allclose(changes.grids[0, 0], np.tile(along, (GRID, 1)), atol=1e-6)
    np.testing.assert_allclose(changes.grids[0, 1], np.tile(along, (GRID, 1)).T, atol=1e-6)
    np.testing.assert_allclose(changes.matrices[0], [[1, 0, 0], [0, 1, 0]], atol=1e-6)
    assert changes.tables is None


def test_without_warp_input_and_target_show_the_same():
    changes = draw(Augment(warp=0))
    corners = np.array([[-1, 1, -1, 1], [-1, -1, 1, 1], [1, 1, 1, 1]])
    placed = changes.matrices @ corners
    np.testing.assert_allclose(placed, changes.grids[:, :, ::4, ::4].reshape(-1, 2, 4), atol=1e-5)


def test_jitter_has_the_classic_deviation():
    moved = draw(Augment(0, 0, 0, 1, False, 0), 2000).grids - draw(STILL, 2000).grids
    assert moved.std() == pytest.approx(2 * 5 / 160, rel=0.02)


def test_target_is_the_similarity_nearest_to_the_warp():
    # Umeyama by numerical least squares on each example: [a -b; b a] p + t from warped to regular.
    changes = draw(Augment(0, 0, 0, 1, False, 0), 4)
    regular = draw(STILL, 1).grids[0].reshape(2, -1)
    for grid, matrix in zip(changes.grids, changes.matrices, strict=True):
        x, y = grid.reshape(2, -1)
        one, nil = np.ones_like(x), np.zeros_like(x)
        rows = np.concatenate([np.stack([x, -y, one, nil], 1), np.stack([y, x, nil, one], 1)])
        a, b, s, t = np.linalg.lstsq(rows, regular.reshape(-1), rcond=None)[0]
        back = np.linalg.inv([[a, -b, s], [b, a, t], [0, 0, 1]])[:2]
        np.testing.assert_allclose(matrix, back, atol=1e-5)


@given(st.floats(0, 45), st.floats(0, 0.5), st.floats(0, 0.5))
def test_changes_stay_within_their_limits(rotation, zoom, shift):
    matrices = draw(Augment(rotation, zoom, shift, 0, False, 0)).matrices
    angle = np.rad2deg(np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0]))
    assert np.abs(angle).max() <= rotation + 1e-3
    assert np.abs(np.hypot(matrices[:, 0, 0], matrices[:, 1, 0]) - 1).max() <= zoom + 1e-5
    assert np.abs(matrices[:, :, 2]).max() <= 2 * shift + 1e-5


def test_flip_mirrors_about_half():
    mirrored = np.linalg.det(draw(Augment(), 400).matrices[:, :, :2]) < 0
    assert 0.4 < mirrored.mean() < 0.6
    assert not (np.linalg.det(draw(Augment(flip=False), 400).matrices[:, :, :2]) < 0).any()


def test_color_tables_rise_and_stay_near_the_value():
    tables = draw(Augment(color=0.1)).tables.astype(int)
    assert (np.diff(tables, axis=1) >= 0).all()
    assert np.abs(tables - np.arange(256)[None, :, None]).max() <= 255 * 0.15 + 1


@pytest.mark.parametrize("size", [4, 64, 96])
def test_spread_matrix_keeps_lines_straight(size):
    spread = spread_matrix(size) @ np.linspace(-1, 1, GRID).astype(np.float32)
    np.testing.assert_allclose(spread, (np.arange(size) + 0.5) / size * 2 - 1, atol=1e-6)

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from faceswap.data.augment import Augment
from faceswap.data.warps import GRID, KINDS
from faceswap.pictures.geometry import MEAN_FACE

#: A face within the network's square, and others like it.
FACE = 1.25 * (MEAN_FACE - [0.5, 0.55])
GUIDES = tuple(
    FACE * np.random.default_rng(n).normal(1, 0.07, (50, 1, 2))
    + np.random.default_rng(n).normal(0, 0.03, (50, 1, 2))
    for n in range(2)
)
STILL = Augment(rotation=0, zoom=0, shift=0, warp=0, flip=False, color=0)


def draw(augment: Augment, count: int = 50, guides=None):
    return augment.draw(np.random.default_rng(1), count, guides)


def at(grid, places):
    """What a grid (2, g, g) over the square says at places (n, 2) in it."""
    last = grid.shape[-1] - 1
    where = ((places + 1) / 2 * last)[:, ::-1].T
    return np.stack([map_coordinates(one, where, order=1, mode="nearest") for one in grid], 1)


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


def test_every_kind_of_warp_shares_turn_and_mirror_with_the_target():
    for kind in KINDS:
        changes = draw(Augment(20, 0.2, 0.1, 0, True, 0, kind), guides=GUIDES)
        corners = np.array([[-1, 1, -1, 1], [-1, -1, 1, 1], [1, 1, 1, 1]])
        step = changes.grids.shape[-1] - 1
        seen = changes.grids[:, :, ::step, ::step].reshape(-1, 2, 4)
        np.testing.assert_allclose(changes.matrices @ corners, seen, atol=1e-5)


def test_landmarks_of_a_turned_mirrored_example_come_to_lie_where_the_goals_do():
    changes = draw(Augment(15, 0.1, 0.05, 1, True, 0, "landmarks"), guides=GUIDES)
    for grid, matrix, points, goals in zip(changes.grids, changes.matrices, *GUIDES, strict=True):
        # Where a target drawn from the goals would show them, the input shows the points.
        place = (goals - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
        found = at(grid, place)
        assert np.abs(found - points).mean() < 0.2 * np.abs(goals - points).mean()

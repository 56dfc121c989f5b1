import numpy as np
import pytest

from faceswap.data.augment import Augment
from faceswap.data.warps import CUT, FINE, GRID, GRIDS, JITTER, REACH, guided, multigrid, regular
from faceswap.pictures.geometry import MEAN_FACE

FACE = 1.25 * (MEAN_FACE - [0.5, 0.55])
MANY = 300


def random():
    return np.random.default_rng(5)


def folds(warped):
    """The smallest area of a cell after a warp, as a part of the one before."""
    across, down = np.diff(warped, axis=2)[:, :-1], np.diff(warped, axis=1)[:, :, :-1]
    cell = (2 / (warped.shape[-1] - 1)) ** 2
    return ((across.conj() * down).imag / cell).min()


def test_multigrid_moves_inner_points_within_reach_of_their_cell_and_holds_the_edge():
    moves = np.abs(multigrid(random(), MANY, 1.0) - regular(GRIDS[-1]))
    assert moves[:, [0, -1]].max() == moves[:, :, [0, -1]].max() == 0
    assert moves.max() <= np.sqrt(2) * REACH * 1.0
    assert moves.max() > 0.8 * REACH


def test_multigrid_has_examples_of_each_grid_as_often_and_folds_none():
    warped = multigrid(random(), MANY, 1.0)
    shift = warped - regular(GRIDS[-1])
    middle = GRIDS[-1] // 2
    # Between the nodes of its own grid an example is linear; on a finer one it is not.
    half = np.abs(shift[:, 2, middle] - (shift[:, 1, middle] + shift[:, 3, middle]) / 2) < 1e-9
    quarter = np.abs(shift[:, 1, 2] - (shift[:, 0, 2] + shift[:, 2, 2]) / 2) < 1e-9
    assert 0.25 < (half & quarter).mean() < 0.75
    assert 0.25 < (~quarter).mean() < 0.42
    assert folds(warped) > 0


def test_moves_of_multigrid_are_a_normal_distribution_cut_off():
    one = multigrid(random(), 4000, 1.0)[:, 4, 4].real
    # Of thirds with cells of 1, 1/2 and 1/4: the deviation of the cut-off distribution is 0.955.
    cells = np.sqrt(np.mean([1.0, 1 / 4, 1 / 16]))
    assert one.std() == pytest.approx(0.955 / CUT * REACH * cells, rel=0.05)
    assert multigrid(random(), 5, 0.0) == pytest.approx(np.tile(regular(GRIDS[-1]), (5, 1, 1)))


def test_guided_brings_landmarks_to_their_goals_smoothly_and_leaves_the_edge():
    wider = FACE * [1.1, 0.94] + [0.01, 0.02]
    seats = np.tile(regular(FINE), (1, 1, 1))
    at_goals = (wider[:, 0] + 1j * wider[:, 1])[None, None]
    found = guided(FACE[None], wider[None], at_goals, 1.0)[0, 0]
    missed = np.abs(found - (FACE[:, 0] + 1j * FACE[:, 1]))
    assert missed.mean() < 0.006
    assert missed.max() < 0.2 * np.abs(wider - FACE).max() + 0.01
    warped = guided(FACE[None], wider[None], seats, 1.0)
    assert folds(warped) > 0.3
    assert np.abs(warped - seats).max() < 0.15
    ring = np.array([[[1.25 + 1.25j, -1.25 + 0j]]])
    assert np.abs(guided(FACE[None], wider[None], ring, 1.0) - ring).max() < 0.01


def test_guided_goes_part_of_the_way_where_it_is_weaker():
    seats = np.tile(regular(FINE), (1, 1, 1))
    whole, half, none = (
        guided(FACE[None], FACE[None] * 1.1, seats, strength) for strength in (1.0, 0.5, 0.0)
    )
    np.testing.assert_allclose(half - seats, (whole - seats) / 2, atol=1e-12)
    np.testing.assert_array_equal(none, seats)


def test_a_fold_would_be_seen():
    warped = regular(GRID)[None].copy()
    warped[0, 2, 2] += 4 * JITTER * 8
    assert folds(warped) < 0
    assert Augment(kind="multigrid").draw(random(), 2).grids.shape == (2, 2, 9, 9)

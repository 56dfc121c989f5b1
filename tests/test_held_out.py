import numpy as np
import pytest

from faceswap.data.held_out import EDGE, FEW, PIECE, split


@pytest.mark.parametrize("count", [40, 75, 173, 602, 5000])
def test_a_tenth_is_held_out_in_pieces_all_over_the_film(count):
    parts = split(count, 0.1)
    held = np.setdiff1d(np.arange(count), parts.learnt)
    assert len(held) == round(count * 0.1)
    pieces = np.split(held, np.flatnonzero(np.diff(held) > 1) + 1)
    assert all(len(piece) <= 1.5 * PIECE for piece in pieces)
    between = np.diff([0, *(int(piece.mean()) for piece in pieces), count])
    assert between[1:-1].size == 0 or np.ptp(between[1:-1]) <= 2
    assert between.max() <= 0.6 * count


def test_what_is_measured_is_no_neighbour_of_what_is_learnt():
    parts = split(1000, 0.1)
    nearest = np.abs(parts.fair[:, None] - parts.learnt[None]).min(axis=1)
    assert nearest.min() == EDGE + 1
    assert 40 <= len(parts.fair) < 100


def test_it_is_the_same_every_time():
    for one, other in zip(split(333, 0.2), split(333, 0.2), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("count", "share"), [(FEW - 1, 0.1), (1000, 0.0), (1, 0.5)])
def test_few_faces_are_all_learnt_and_measured(count, share):
    parts = split(count, share)
    np.testing.assert_array_equal(parts.learnt, np.arange(count))
    np.testing.assert_array_equal(parts.fair, np.arange(count))
    assert parts.measured(5)[0] == 0


def test_half_of_a_side_can_be_held_out():
    parts = split(100, 0.5)
    assert len(parts.learnt) == 50
    assert not set(parts.learnt) & set(parts.fair)


def test_learnt_faces_make_up_for_too_few():
    parts = split(80, 0.1)
    assert parts.measured(32) == parts.fair.tolist()
    chosen = parts.measured(32, 16)
    assert len(chosen) == len(set(chosen)) == 16
    assert chosen == sorted(chosen) and set(parts.fair) < set(chosen)
    assert len(split(5, 0.1).measured(32, 16)) == 5

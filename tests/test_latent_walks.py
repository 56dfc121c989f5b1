import numpy as np
import pytest

from faceswap.generation.latent_walks import mixed, slerp, walk


def test_an_arc_stays_on_the_shell_and_has_even_steps():
    one, two = np.random.default_rng(0).standard_normal((2, 64)).astype(np.float32)
    one, two = one / np.linalg.norm(one), two / np.linalg.norm(two)
    way = [slerp(one, two, share) for share in np.linspace(0, 1, 9)]
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(way[0], one, atol=1e-6)
    np.testing.assert_allclose(way[-1], two, atol=1e-6)
    steps = np.linalg.norm(np.diff(way, axis=0), axis=1)
    assert steps.max() / steps.min() == pytest.approx(1, abs=1e-3)


def test_lengths_change_evenly_and_the_same_way_is_a_line():
    np.testing.assert_allclose(slerp(np.array([1.0, 0]), np.array([3.0, 0]), 0.5), [2, 0])
    length = np.linalg.norm(slerp(np.array([1.0, 0]), np.array([0, 3.0]), 0.5))
    assert length == pytest.approx(2, rel=1e-6)


def test_a_walk_passes_through_all_places_and_comes_back():
    places = np.random.default_rng(1).standard_normal((3, 2, 5)).astype(np.float32)
    way = walk(places, places.mean(axis=0), 4)
    assert way.shape == (12, 2, 5)
    np.testing.assert_allclose(way[::4], places, atol=1e-5)
    apart = np.linalg.norm((way - np.roll(way, -1, axis=0)).reshape(12, -1), axis=1)
    assert apart[-1] < 2 * apart.mean()


def test_a_mix_has_the_coarse_of_one_and_the_fine_of_others():
    coarse, fine = np.zeros((4, 2), np.float32), np.ones((3, 4, 2), np.float32)
    both = mixed(coarse, fine, 0.25)
    assert both.shape == (3, 4, 2)
    assert (both[:, :1] == 0).all() and (both[:, 1:] == 1).all()
    assert (fine == 1).all()

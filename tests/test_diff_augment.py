import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap.generation import diff_augment
from faceswap.generation.diff_augment import POLICIES, changed


def pictures(count=64, size=16):
    return tf.constant(np.random.default_rng(0).uniform(0.5, 1, (count, size, size, 3)), tf.float32)


def test_none_changes_nothing_and_the_same_seeds_change_alike():
    given = pictures()
    assert changed(given, "none", keras.random.SeedGenerator(0)) is given
    first, again = (changed(given, "all", keras.random.SeedGenerator(3)) for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("policy", POLICIES[1:])
def test_a_gradient_goes_through_each_change(policy):
    given = pictures(8)
    with tf.GradientTape() as tape:
        tape.watch(given)
        total = tf.reduce_sum(changed(given, policy, keras.random.SeedGenerator(0)) ** 2)
    slopes = np.asarray(tape.gradient(total, given))
    assert np.isfinite(slopes).all()
    assert (np.abs(slopes).max((1, 2, 3)) > 0).all()


def test_light_and_tint_are_each_pictures_own():
    given = pictures()
    tinted = np.asarray(changed(given, "color", keras.random.SeedGenerator(0)))
    shift = (tinted - np.asarray(given)).mean((1, 2, 3))
    assert -0.51 < shift.min() < -0.3 and 0.3 < shift.max() < 0.51
    contrast = tinted.mean(-1).std((1, 2)) / np.asarray(given).mean(-1).std((1, 2))
    assert 0.49 < contrast.min() < 0.7 and 1.3 < contrast.max() < 1.51


def test_moves_are_whole_pixels_of_up_to_an_eighth():
    given = pictures()
    moved = np.asarray(diff_augment._moved(given, keras.random.SeedGenerator(0)))
    shifts = set()
    for before, after in zip(np.asarray(given), moved, strict=True):
        rows, columns = np.nonzero(after[..., 0])
        # The first that is seen came from the first that is not moved out.
        down, right = (
            first if first else last - 15
            for first, last in ((rows.min(), rows.max()), (columns.min(), columns.max()))
        )
        shifts |= {down, right}
        whole = np.roll(before, (down, right), (0, 1))
        inside = after != 0
        np.testing.assert_allclose(after[inside], whole[inside])
    assert shifts == set(range(-2, 3))


def test_a_square_of_half_the_side_is_cut_out():
    cut = np.asarray(diff_augment._cut(pictures(), keras.random.SeedGenerator(0)))
    gone = (cut == 0).all(-1)
    assert (gone.any(2).sum(1) <= 8).all() and (gone.any(1).sum(1) <= 8).all()
    assert (gone.sum((1, 2)) == gone.any(2).sum(1) * gone.any(1).sum(1)).all()
    assert gone.sum((1, 2)).max() == 64

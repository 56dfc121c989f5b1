import numpy as np
import pytest

from faceswap.people import sorting


def test_the_worst_is_what_the_measure_says():
    values = np.array([3.0, 1.0, 9.0, 4.0])
    assert np.argmax(sorting.badness("blur", values)) == 1
    assert np.argmax(sorting.badness("descriptor", values)) == 2
    assert np.argmax(sorting.badness("yaw", np.array([-30.0, 1, 2, 3, 20]))) == 0
    assert set(sorting.MEASURES) < set(sorting.KINDS)


def test_somebody_else_is_unlike_the_usual():
    rng = np.random.default_rng(0)
    usual = rng.normal(0, 0.07, 128)
    descriptors = usual + rng.normal(0, 0.01, (9, 128))
    descriptors[4] = rng.normal(0, 0.07, 128)
    found = sorting.unlikeness(descriptors)
    assert np.argmax(found) == 4 and found[4] > 0.6 and np.delete(found, 4).max() < 0.3


def test_the_same_picture_darker_is_a_duplicate_and_another_is_none(portrait):
    square = portrait[:256, :256]
    rng = np.random.default_rng(0)
    dark = (square * 0.7).astype(np.uint8)
    noisy = np.clip(square + rng.normal(0, 4, square.shape), 0, 255).astype(np.uint8)
    other = np.ascontiguousarray(square[:, ::-1])
    pictures = [square, dark, noisy, other, square, other]
    found = sorting.novelty(map(sorting.thumbnail, pictures))
    assert np.isinf(found[0])
    assert list(found[1:] < sorting.NEAR) == [True, True, False, True, True]


def test_a_slow_change_is_no_chain_of_duplicates():
    start = np.zeros(256, np.float32)
    steps = [start + n for n in range(13)]
    found = sorting.novelty(steps)
    assert [n for n, away in enumerate(found) if away >= sorting.NEAR] == [0, 4, 8, 12]
    many = sorting.novelty(start + 10 * n for n in range(200))
    assert many[1:] == pytest.approx(np.full(199, 10.0))

import numpy as np
import pytest

from faceswap.evaluation.likeness import identity_variance, likeness, spread, top1


def faces(centre, count=20, noise=0.02, seed=0):
    """Descriptors about a point on the first axis."""
    found = np.random.default_rng(seed).normal(0, noise, (count, 128))
    found[:, 0] += centre
    return found


SOURCE, TARGET = faces(0.0), faces(1.0, seed=1)


def test_the_target_itself_has_no_gain_and_the_source_all_of_it():
    still = likeness(TARGET, SOURCE, TARGET)
    assert still["gain"] == pytest.approx(0, abs=1e-9)
    assert still["margin"] < -0.7 and still["verification"] == 0
    best = likeness(faces(0.0, seed=2), SOURCE, TARGET)
    assert best["gain"] == pytest.approx(1, abs=0.02)
    assert best["margin"] > 0.7 and best["margin_positive"] == best["verification"] == 1


def test_gain_grows_along_the_way():
    gains = [likeness(faces(at, seed=3), SOURCE, TARGET)["gain"] for at in (0.9, 0.6, 0.3)]
    assert gains == sorted(gains)
    assert 0.5 < gains[2] < 0.9


def test_the_worst_tenth_is_lower_than_the_mean():
    mixed = np.concatenate([faces(0.1), faces(0.9, 3)])
    found = likeness(mixed, SOURCE, TARGET)
    assert found["margin_p10"] < 0 < found["margin"]


def test_spread_leaves_each_out_of_its_own_mean():
    person = faces(0.0, 12)
    apart = [
        np.linalg.norm(row - np.delete(person, n, axis=0).mean(axis=0))
        for n, row in enumerate(person)
    ]
    assert spread(person) == pytest.approx(np.mean(apart))
    assert np.isnan(spread(person[:1]))


def test_top1_counts_frames_to_which_the_first_is_nearest():
    persons = np.stack([SOURCE.mean(0), TARGET.mean(0), faces(-0.6).mean(0)])
    assert top1(np.concatenate([faces(0.1, 6), faces(0.8, 2)]), persons) == pytest.approx(0.75)
    assert np.isnan(top1(np.zeros((0, 128)), persons))


def test_identity_may_differ_from_shot_to_shot_but_not_within():
    still = np.concatenate([faces(0.2, 8, 0.0), faces(0.6, 8, 0.0)])
    shots = np.repeat([1, 2], 8)
    assert identity_variance(still, SOURCE, shots) == pytest.approx(0, abs=1e-9)
    assert identity_variance(still, SOURCE, np.ones(16, int)) == pytest.approx(0.2, rel=0.1)
    assert np.isnan(identity_variance(still[:2], SOURCE, np.array([1, 2])))


def test_without_faces_there_are_no_figures():
    assert likeness(np.zeros((0, 128)), SOURCE, TARGET) == {}

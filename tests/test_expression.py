import numpy as np
import pytest

from faceswap.data.augment import Augment
from faceswap.data.expression import (
    COUNT,
    MEASURES,
    comparable,
    expression,
    nearest,
    placed,
    rarity,
)
from faceswap.pictures.geometry import MEAN_FACE

NAMES = list(MEASURES)


def faces(count: int = 5) -> np.ndarray:
    random = np.random.default_rng(0)
    return MEAN_FACE + random.normal(0, 0.02, (count, 68, 2))


def mirror(landmarks: np.ndarray) -> np.ndarray:
    # The order of the 68 points in a mirror: each group runs the other way round.
    order = [*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1)]
    order += [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    order += [*range(54, 47, -1), *range(59, 54, -1), *range(64, 59, -1), *range(67, 64, -1)]
    return landmarks[:, order] * [-1, 1] + [1, 0]


def test_mean_face_does_nothing():
    np.testing.assert_allclose(expression(MEAN_FACE[None]), 0, atol=1e-5)


def test_place_size_and_roll_do_not_count():
    points = faces()
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    np.testing.assert_allclose(expression(points @ turn * 90 + 40), expression(points), atol=1e-4)


@pytest.mark.parametrize(
    ("name", "points", "move"),
    [
        ("mouth open", slice(65, 68), (0, 0.04)),
        ("turn", 30, (0.04, 0)),
        ("nod", 30, (0, 0.04)),
    ],
)
def test_a_movement_is_told(name, points, move):
    moved = MEAN_FACE.copy()
    moved[points] += move
    found = expression(moved[None])[0]
    assert found[NAMES.index(name)] == pytest.approx(1, abs=0.15)
    assert np.abs(np.delete(found, NAMES.index(name))).max() < 0.6


def test_mirrored_example_has_the_measures_of_the_mirrored_face():
    points = faces()
    flipped = np.tile([[-1.0, 0, 0], [0, 1, 0]], (5, 1, 1))
    found = placed(expression(points), flipped)
    np.testing.assert_allclose(found[:, : len(NAMES)], expression(mirror(points)), atol=1e-4)
    np.testing.assert_allclose(found[:, len(NAMES) :], 0, atol=1e-6)


def test_placement_is_the_same_for_an_example_and_its_mirror_image():
    still = Augment(rotation=3, zoom=0.03, shift=0.02, warp=0, flip=False)
    matrices = still.draw(np.random.default_rng(0), 5).matrices
    values = np.zeros((5, len(NAMES)), np.float32)
    flipped = matrices * np.array([-1, 1])[:, None]
    assert placed(values, matrices).shape == (5, COUNT)
    np.testing.assert_allclose(placed(values, matrices), placed(values, flipped), atol=1e-6)
    assert np.abs(placed(values, matrices)[:, len(NAMES) :]).max() < 3


def test_comparable_keeps_the_target_within_what_the_source_does():
    random = np.random.default_rng(0)
    quiet = random.normal(1, 0.5, (50, len(NAMES))).astype(np.float32)
    lively = random.normal(-1, 3, (50, len(NAMES))).astype(np.float32)
    source, target = comparable(quiet, lively)
    assert (target <= source.max(0) + np.abs(source[:, -2:]).max()).all()
    assert np.abs(target[:, 1:-2]).max() <= np.abs(source[:, 1:-2]).max() + 1e-5
    assert quiet[:, 0] == pytest.approx(source[:, 0], abs=1)  # a closed mouth stays closed


def test_one_face_is_enough():
    one = expression(faces(1))
    for side in comparable(one, one):
        assert np.isfinite(side).all()


def test_rare_expressions_are_shown_more_often():
    values = np.random.default_rng(0).normal(0, 0.3, (200, len(NAMES))).astype(np.float32)
    closed = NAMES.index("eyes open")
    values[:6, closed] = -5
    often = rarity(values)
    assert (often[:6] == 4).all()
    assert often.min() == 1 and np.median(often[6:]) == 1


def test_the_nearest_faces_are_those_that_do_about_the_same():
    random = np.random.default_rng(0)
    values, among = random.normal(size=(4, 9)), random.normal(size=(30, 9))
    found = nearest(values, among, 3)
    for one, places in zip(values, found, strict=True):
        away = ((among - one) ** 2).sum(axis=1)
        assert sorted(places.tolist()) == sorted(np.argsort(away)[:3].tolist())
    assert sorted(nearest(values, among[:2], 3)[0].tolist()) == [0, 1]

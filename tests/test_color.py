import cv2
import numpy as np
import pytest

from faceswap import color

SIDE = 64


@pytest.fixture
def faces():
    """A face, another in less light, both with noise, and a round mask over black corners."""
    random = np.random.default_rng(1)
    grain = random.normal(0, 1, (SIDE, SIDE, 1))
    tint = random.normal(0, 0.4, (SIDE, SIDE, 3))
    face = np.clip(0.45 + 0.05 * grain + 0.03 * tint, 0, 1).astype(np.float32)
    like = np.clip(np.array([0.4, 0.35, 0.3]) + 0.06 * grain[::-1], 0, 1).astype(np.float32)
    weights = np.zeros((SIDE, SIDE), np.float32)
    cv2.circle(weights, (32, 32), 22, 1.0, -1)
    return face, like, weights


def moved(face, like, weights, how="lab"):
    return color.apply(how, face, color.measure(how, face, like, weights))


def statistics(image, weights):
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)[weights > 0]
    return lab.mean(axis=0), lab.std(axis=0)


def zeroed_first(face, like, weights):
    """The wrong way: what is masked is set to black and counted in."""
    black = [
        np.where(weights[..., None] > 0, image, 0).astype(np.float32) for image in (face, like)
    ]
    lab, other = (cv2.cvtColor(image, cv2.COLOR_RGB2LAB).reshape(-1, 3) for image in black)
    gain = other.std(axis=0) / lab.std(axis=0)
    result = (cv2.cvtColor(face, cv2.COLOR_RGB2LAB) - lab.mean(axis=0)) * gain + other.mean(axis=0)
    return cv2.cvtColor(result.astype(np.float32), cv2.COLOR_LAB2RGB).clip(0, 1)


def test_the_masked_pixels_take_over_mean_and_spread(faces):
    face, like, weights = faces
    mean, spread = statistics(moved(face, like, weights), weights)
    wanted_mean, wanted_spread = statistics(like, weights)
    np.testing.assert_allclose(mean, wanted_mean, atol=0.5)
    np.testing.assert_allclose(spread[0], wanted_spread[0], rtol=0.05)


def test_the_test_tells_the_wrong_way_from_the_right(faces):
    face, like, weights = faces
    _, spread = statistics(zeroed_first(face, like, weights), weights)
    _, wanted = statistics(like, weights)
    assert spread[0] < 0.8 * wanted[0]


def test_what_is_not_masked_has_no_say(faces):
    face, like, weights = faces
    outside = weights == 0
    other, otherwise = face.copy(), like.copy()
    other[outside], otherwise[outside] = 0.9, 0.1
    inside = weights > 0
    first = moved(face, like, weights)[inside]
    np.testing.assert_allclose(moved(other, otherwise, weights)[inside], first, atol=1e-4)


def test_a_face_in_its_own_colours_stays(faces):
    face, _, weights = faces
    np.testing.assert_allclose(moved(face, face, weights), face, atol=0.01)


def test_without_a_pixel_that_counts_the_face_stays(faces):
    face, like, weights = faces
    np.testing.assert_allclose(moved(face, like, weights * 0), face, atol=4e-3)


def test_contrast_is_not_blown_up(faces):
    face, like, weights = faces
    flat = (0.5 + (face - 0.5) * 0.01).astype(np.float32)
    _, before = statistics(flat, weights)
    _, after = statistics(moved(flat, like, weights), weights)
    assert after[0] <= before[0] * color.MOST_CONTRAST * 1.05


def test_the_result_is_a_picture(faces):
    face, like, weights = faces
    bright = np.ones_like(like)
    result = moved(face, bright, weights)
    assert result.dtype == np.float32
    assert result.shape == face.shape
    assert result.min() >= 0 and result.max() <= 1

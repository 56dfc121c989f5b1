import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap.compositing.detail import matched

SIDE = 160
ALPHA = np.zeros((SIDE, SIDE), np.float32)
cv2.circle(ALPHA, (SIDE // 2, SIDE // 2), 70, 1.0, -1)
INSIDE = ALPHA > 0
INNER = cv2.erode(ALPHA, np.ones((5, 5), np.uint8)) > 0


@pytest.fixture(scope="module")
def face(portrait):
    """The portrait's face, 160 pixels, sharp."""
    part = portrait[40:240, 40:240]
    small = cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255


def blurred(image, sigma):
    return cv2.GaussianBlur(image, (0, 0), sigma).astype(np.float32)


def grainy(image, size, seed=0):
    noise = np.random.default_rng(seed).normal(0, size, image.shape[:2]).astype(np.float32)
    return image + noise[..., None]


def sharpness(image):
    grey = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2GRAY)
    return cv2.Laplacian(grey * 255, cv2.CV_32F)[INNER].var()


def off(image, other):
    return float(np.sqrt(((image - other)[INNER] ** 2).mean())) * 255


def test_a_face_as_sharp_as_the_old_one_stays(face):
    assert off(matched(face, face, ALPHA, 1, 0), face) < 0.5


@pytest.mark.parametrize("sigma", [1.0, 1.5, 2.5])
def test_a_blurred_face_becomes_sharper_and_nearer_to_what_it_was(face, sigma):
    soft = blurred(face, sigma)
    sharp = matched(soft, face, ALPHA, 1, 0)
    assert sharpness(soft) < 0.2 * sharpness(face)
    assert 2 * sharpness(soft) < sharpness(sharp) < sharpness(face)
    assert off(sharp, face) < off(soft, face)


@pytest.mark.parametrize("sigma", [1.0, 2.0])
def test_a_face_sharper_than_the_old_one_is_blurred(face, sigma):
    soft = blurred(face, sigma)
    result = matched(face, soft, ALPHA, 1, 0)
    assert sharpness(result) < 0.4 * sharpness(face)
    assert off(result, soft) < 0.6 * off(face, soft)


def test_half_of_the_detail_is_between_none_and_all(face):
    soft = blurred(face, 1.5)
    levels = [sharpness(matched(soft, face, ALPHA, detail, 0)) for detail in (0, 0.5, 1)]
    assert levels[0] < levels[1] < levels[2]


def test_an_edge_gets_no_halo(face):
    step = np.where(np.arange(SIDE) < SIDE // 2, 0.3, 0.6).astype(np.float32)
    edge = np.repeat(np.broadcast_to(step, (SIDE, SIDE))[..., None], 3, axis=2)
    sharp = matched(blurred(edge, 2.5), np.ascontiguousarray(edge), ALPHA, 1, 0)
    slope = np.diff(sharp[SIDE // 2, :, 0]).max()
    assert slope > 1.5 * np.diff(blurred(edge, 2.5)[SIDE // 2, :, 0]).max()
    assert sharp.min() > 0.28 and sharp.max() < 0.62


@given(st.floats(0.004, 0.04))
def test_a_flat_face_gets_the_noise_of_the_old_one(size):
    flat = np.full((SIDE, SIDE, 3), 0.5, np.float32)
    result = matched(flat, grainy(flat, size), ALPHA, 1, 1)
    assert result[INNER].std() == pytest.approx(0.8 * size, rel=0.15)
    half = matched(flat, grainy(flat, size), ALPHA, 1, 0.5)
    assert half[INNER].std() == pytest.approx(result[INNER].std() / 2, rel=0.05)


def test_the_noise_is_the_films_own(face):
    flat = np.full_like(face, 0.5)
    noise = grainy(flat, 0.02)
    got, own = (image[INNER][:, 0] - 0.5 for image in (matched(flat, noise, ALPHA, 0, 1), noise))
    assert np.corrcoef(got, own)[0, 1] > 0.85


def test_a_still_film_flickers_no_more_than_by_its_own_noise(face):
    films = [grainy(face, 0.02, seed) for seed in (1, 2)]
    soft = blurred(face, 1.5)
    first, second = (matched(soft, frame, ALPHA, 1, 1) for frame in films)
    assert 2 < off(first, second) < off(*films)


def test_features_of_the_old_face_are_not_taken_for_noise(face):
    flat = np.full_like(face, 0.5)
    with_eye = grainy(flat, 0.01)
    cv2.circle(with_eye, (SIDE // 2, SIDE // 2), 9, (0.1, 0.1, 0.1), -1)
    ring = np.zeros_like(ALPHA)
    cv2.circle(ring, (SIDE // 2, SIDE // 2), 9, 1.0, 3)
    left = matched(flat, with_eye, ALPHA, 0, 1)[ring > 0] - 0.5
    assert np.abs(left).max() < 0.04


def test_what_lies_outside_of_the_mask_has_no_say(face):
    soft, other = blurred(face, 1.5), face.copy()
    other[ALPHA == 0] = grainy(face, 0.3)[ALPHA == 0]
    far = cv2.erode(ALPHA, np.ones((31, 31), np.uint8)) > 0
    first, second = (matched(soft, old, ALPHA, 1, 1) for old in (face, other))
    # Octaves reach a few pixels over the edge.
    assert np.abs(first - second)[far].max() < 0.05
    assert sharpness(first) == pytest.approx(sharpness(second), rel=0.1)


def test_colours_stay_while_lightness_is_sharpened(face):
    soft = blurred(face, 1.5)
    change = matched(soft, face, ALPHA, 1, 1) - soft
    np.testing.assert_allclose(change[..., 0], change[..., 2], atol=1e-5)


@pytest.mark.parametrize("shape", [(3, 3), (20, 90), (28, 64)])
def test_faces_of_a_few_pixels_stay_as_they_are(shape):
    tiny = np.random.default_rng(0).uniform(0, 1, (*shape, 3)).astype(np.float32)
    result = matched(tiny, tiny[::-1].copy(), np.ones(shape, np.float32), 1, 1)
    assert (result == tiny).all()

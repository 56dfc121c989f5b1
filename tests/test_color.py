import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap.compositing import color

SIDE = 96
WEIGHTS = np.zeros((SIDE, SIDE), np.float32)
cv2.ellipse(WEIGHTS, (48, 48), (30, 38), 0, 0, 360, 1.0, -1)
INSIDE = WEIGHTS > 0
WAYS = [how for how in color.TRANSFERS if how != "none"]


@pytest.fixture(scope="module")
def face(portrait):
    """The portrait's face in the mask."""
    part = cv2.resize(portrait[20:210, 50:240], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return part.astype(np.float32) / 255


def lab(image):
    return cv2.cvtColor(image, cv2.COLOR_RGB2LAB)


def lit(image, gain=(0.85, 0.9, 1.1), shift=(-6, 3, 5)):
    """The same face by another light."""
    other = lab(image) * np.float32(gain) + np.float32(shift)
    return cv2.cvtColor(other, cv2.COLOR_LAB2RGB).clip(0, 1)


def moved(face, like, weights=WEIGHTS, how="lab"):
    return color.apply(how, face, color.measure(how, face, like, weights))


def statistics(image, where=INSIDE):
    pixels = lab(image)[where]
    return pixels.mean(axis=0), pixels.std(axis=0)


def off(image, other, where=INSIDE):
    """Mean difference of two images in CIELAB, which is CIE76."""
    return float(np.linalg.norm(lab(image) - lab(other), axis=-1)[where].mean())


def zeroed_first(face, like):
    """The wrong way: what is masked is set to black and counted in."""
    colours, others = (lab(image * WEIGHTS[..., None]).reshape(-1, 3) for image in (face, like))
    gain = others.std(axis=0) / colours.std(axis=0)
    result = (lab(face) - colours.mean(axis=0)) * gain + others.mean(axis=0)
    return cv2.cvtColor(result.astype(np.float32), cv2.COLOR_LAB2RGB).clip(0, 1)


@pytest.mark.parametrize("how", WAYS)
def test_the_masked_pixels_take_over_mean_and_spread(face, how):
    like = lit(face)
    mean, spread = statistics(moved(face, like, how=how))
    wanted_mean, wanted_spread = statistics(like)
    np.testing.assert_allclose(mean, wanted_mean, atol=0.6)
    np.testing.assert_allclose(spread, wanted_spread, rtol=0.1)


@pytest.mark.parametrize("how", WAYS)
def test_the_same_face_by_another_light_is_found_again(face, how):
    like = lit(face)
    assert off(face, like) > 7
    assert off(moved(face, like, how=how), like) < 1


def test_the_test_tells_the_wrong_way_from_the_right(face):
    like = lit(face)
    assert off(zeroed_first(face, like), like) > 3 * off(moved(face, like), like)


@pytest.mark.parametrize("how", WAYS)
def test_what_is_not_masked_has_no_say(face, how):
    like = lit(face)
    other, otherwise = face.copy(), like.copy()
    other[~INSIDE], otherwise[~INSIDE] = 0.9, 0.1
    numbers = color.measure(how, face, like, WEIGHTS)
    np.testing.assert_array_equal(color.measure(how, other, otherwise, WEIGHTS), numbers)


@pytest.mark.parametrize("how", color.TRANSFERS)
def test_a_face_in_its_own_colours_stays(face, how):
    np.testing.assert_allclose(moved(face, face, how=how), face, atol=0.015)


@pytest.mark.parametrize("how", color.TRANSFERS)
def test_without_a_pixel_that_counts_the_face_stays(face, how):
    given = color.measure(how, face, lit(face), WEIGHTS)
    nothing = color.measure(how, face, lit(face), WEIGHTS * 0)
    assert given.shape == nothing.shape and given.dtype == nothing.dtype == np.float32
    same = cv2.cvtColor(lab(face), cv2.COLOR_LAB2RGB)
    assert np.abs(color.apply(how, face, nothing) - same).max() < 0.02


@pytest.mark.parametrize("how", WAYS)
def test_a_beard_or_a_hand_on_one_face_does_not_colour_the_other(face, how):
    like = lit(face)
    bearded = like.copy()
    bearded[66:] *= 0.35
    above = INSIDE & (np.arange(SIDE)[:, None] < 62)
    assert statistics(like)[0][0] - statistics(bearded)[0][0] > 5
    assert off(moved(face, bearded, how=how), like, above) < 3.5


@pytest.mark.parametrize("how", WAYS)
def test_contrast_is_not_blown_up(face, how):
    flat = (0.5 + (face - 0.5) * 0.02).astype(np.float32)
    before, after = statistics(flat)[1][0], statistics(moved(flat, face, how=how))[1][0]
    assert after <= before * color.MOST_SLOPE * 1.05


@pytest.mark.parametrize("how", color.TRANSFERS)
def test_the_mean_of_two_frames_numbers_gives_the_mean_of_both(face, how):
    first, second = (
        color.measure(how, face, lit(face, shift=shift), WEIGHTS)
        for shift in ((-6, 3, 5), (4, -2, 8))
    )
    between = color.apply(how, face, (first + second) / 2)
    both = (lab(color.apply(how, face, numbers)) for numbers in (first, second))
    assert np.abs(lab(between) - sum(both) / 2)[INSIDE].mean() < 0.5


@given(st.integers(0, 1000), st.sampled_from(WAYS))
def test_any_two_pictures_give_a_picture(seed, how):
    random = np.random.default_rng(seed)
    face, like = random.uniform(0, 1, (2, 16, 16, 3)).astype(np.float32)
    weights = random.uniform(0, 1, (16, 16)).astype(np.float32)
    like[:, :8] = random.uniform(0, 1)
    result = moved(face, like, weights, how)
    assert result.dtype == np.float32 and result.shape == face.shape
    assert result.min() >= 0 and result.max() <= 1


@given(st.integers(0, 1000))
def test_a_histograms_curves_rise(seed):
    random = np.random.default_rng(seed)
    face, like = random.uniform(0, 1, (2, 16, 16, 3)).astype(np.float32) ** random.uniform(0.3, 3)
    numbers = color.measure("histogram", face, like, np.ones((16, 16), np.float32))
    for curve in np.split(numbers, 3):
        assert (np.diff(curve) > 0).all()


def test_light_from_one_side_stays_where_it_is(face):
    ramp = np.linspace(0.7, 1.2, SIDE, dtype=np.float32)[None, :, None]
    from_right, from_left = face * ramp * 0.8, face * ramp[:, ::-1] * 0.8

    def tilt(image):
        columns = np.arange(SIDE)
        right, left = (lab(image)[INSIDE & part][:, 0] for part in (columns > 60, columns < 36))
        return right.mean() - left.mean()

    for how in WAYS:
        kept = tilt(moved(from_right, from_left, how=how))
        assert abs(kept - tilt(from_right)) < 0.25 * (tilt(from_right) - tilt(from_left))

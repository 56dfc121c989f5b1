import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap.compositing.blending import BLENDS, Blend
from faceswap.pictures.geometry import MEAN_FACE, crop_matrix, inverse, transform
from faceswap.pictures.sampling import sample

SIZE = 64
SIDE = 128


def picture(height, width, seed=0):
    noise = np.random.default_rng(seed).uniform(0, 255, (height // 8, width // 8, 3))
    return (
        cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
        .clip(0, 255)
        .astype(np.uint8)
    )


def face_at(x, y, width, angle=0.0):
    c, s = width * np.cos(angle), width * np.sin(angle)
    return transform(MEAN_FACE - 0.5, np.array([[c, -s, x], [s, c, y]]))


def disc(radius=50, soft=12):
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    return np.clip((radius - np.hypot(x, y)) / soft, 0, 1).astype(np.float32)


def pasted(frame, patch):
    new = frame.copy()
    height, width = patch.mask.shape
    region = new[patch.top : patch.top + height, patch.left : patch.left + width]
    assert region.shape == patch.rgb.shape
    region[patch.mask > 0] = patch.rgb[patch.mask > 0]
    return new


FRAME = picture(160, 240)
FACE = picture(SIZE, SIZE, seed=1).astype(np.float32) / 255
ALPHA = disc()

places = st.tuples(
    st.floats(-40, 280), st.floats(-40, 200), st.floats(15, 120), st.floats(-3.1, 3.1)
)


def blend(place, frame=FRAME, face=FACE, alpha=ALPHA, how=None):
    matrix = crop_matrix(face_at(*place), SIZE, margin=1)
    return (how or Blend()).patch(frame, face, alpha, matrix)


@given(places, st.sampled_from(BLENDS))
def test_outside_of_the_face_nothing_changes_wherever_it_is(place, how):
    patch = blend(place, how=Blend(how))
    if patch is None:
        return
    assert patch.left >= 0 and patch.top >= 0
    new = pasted(FRAME, patch)
    matrix = crop_matrix(face_at(*place), SIZE, margin=1)
    centre = transform([(SIZE - 1) / 2] * 2, inverse(matrix))
    away = np.hypot(*(np.mgrid[:160, :240] - centre[::-1, None, None]))
    radius = 50 / SIDE * place[2] * 1.6
    assert (new[away > radius + 2] == FRAME[away > radius + 2]).all()


def test_inside_of_the_face_it_does_change():
    new = pasted(FRAME, blend((120, 80, 60)))
    assert np.abs(new.astype(float) - FRAME)[60:110, 95:145].mean() > 10


@pytest.mark.parametrize("place", [(-200, 80), (120, -200), (600, 80), (120, 500)])
def test_a_face_outside_of_the_frame_is_none(place):
    assert blend((*place, 60)) is None


def test_without_opacity_there_is_nothing():
    assert blend((120, 80, 60), alpha=ALPHA * 0) is None


def test_the_frame_that_is_given_stays_as_it_was():
    frame = FRAME.copy()
    blend((120, 80, 60), frame=frame)
    assert (frame == FRAME).all()


@pytest.mark.parametrize("how", BLENDS)
@pytest.mark.parametrize("place", [(120, 80, 60, 0.3), (10, 30, 60, 0)])
def test_the_old_face_put_back_is_the_old_frame(how, place):
    size = 256
    matrix = crop_matrix(face_at(*place), size, margin=1)
    face = sample(FRAME, matrix, size).astype(np.float32) / 255
    new = pasted(FRAME, Blend(how, 0, 0).patch(FRAME, face, ALPHA, matrix))
    assert np.abs(new.astype(float) - FRAME).mean() <= 0.2
    assert np.abs(new.astype(float) - FRAME).max() <= 12


@pytest.mark.parametrize("how", ["feather", "pyramid"])
def test_each_pixel_is_between_the_old_and_the_new(how):
    dark, bright = np.full_like(FRAME, 60), np.full_like(FACE, 200 / 255)
    new = pasted(dark, blend((120, 80, 60), frame=dark, face=bright, how=Blend(how)))
    assert new.min() == 60 and new.max() == 200
    assert len(np.unique(new)) > 20
    across = new[80, 120:, 0].astype(int)
    assert (np.diff(across) <= 1).all()


def test_poisson_takes_the_colours_along_the_edge():
    dark, bright = np.full_like(FRAME, 60), np.full_like(FACE, 200 / 255)
    new = pasted(dark, blend((120, 80, 60), frame=dark, face=bright, how=Blend("poisson")))
    assert np.abs(new.astype(int) - 60).max() <= 3


@pytest.mark.parametrize("how", BLENDS)
def test_a_larger_mask_does_not_move_the_picture(how):
    """As it did where the clone was centred on anything but the mask's own rectangle."""
    frame = np.full_like(FRAME, 128)
    dots = np.full_like(FACE, 0.5)
    dots[24:40:8, 24:40:8] = 1
    smaller, larger = disc(46), disc(46)
    larger[64:68, 8:64] = np.maximum(larger[64:68, 8:64], 0.4)
    seen = []
    for alpha in (smaller, larger):
        new = pasted(
            frame, blend((120, 80, 100), frame=frame, face=dots, alpha=alpha, how=Blend(how, 0, 0))
        )
        part = new[50:110, 90:150, 0].astype(float) - 128
        weights = np.maximum(part - 20, 0)
        seen.append([np.average(axis, weights=weights) for axis in np.mgrid[:60, :60]])
    assert np.abs(np.subtract(*seen)).max() < 0.1


def test_the_new_face_is_as_sharp_and_as_noisy_as_the_frame():
    random = np.random.default_rng(0)
    noisy = (FRAME + random.normal(0, 6, FRAME.shape[:2])[..., None]).clip(0, 255).astype(np.uint8)
    flat = np.full_like(FACE, 0.5)
    inner = np.s_[70:90, 110:130]
    spread = [
        pasted(noisy, blend((120, 80, 80), frame=noisy, face=flat, how=Blend("feather", 1, grain)))[
            inner
        ].std()
        for grain in (0, 1)
    ]
    assert spread[0] < 1 and 2.5 < spread[1] < 7


def test_a_face_shrunk_to_a_few_pixels_does_not_flicker_with_its_place():
    stripes = np.zeros((SIZE, SIZE, 3), np.float32)
    stripes[:, ::2] = 1
    grey = np.full_like(FRAME, 128)
    new = pasted(grey, blend((120.3, 80, 10), frame=grey, face=stripes, how=Blend("feather", 0, 0)))
    assert np.abs(new.astype(int) - 128).max() < 15


def test_half_of_the_opacity_is_half_of_the_face():
    half = ALPHA.copy()
    half[:, : SIDE // 2] = 0
    changed = (pasted(FRAME, blend((120, 80, 60), alpha=half)) != FRAME).any(axis=2)
    assert changed[:, 122:].any()
    assert not changed[:, :117].any()


@pytest.mark.parametrize("side", [64, 100, 256])
def test_the_opacity_may_have_any_side(side):
    white = np.ones_like(FACE)
    alpha = cv2.resize(ALPHA, (side, side), interpolation=cv2.INTER_AREA)
    black = np.zeros_like(FRAME)
    first = pasted(black, blend((120, 80, 60), frame=black, face=white))
    other = pasted(black, blend((120, 80, 60), frame=black, face=white, alpha=alpha))
    assert np.abs(first.astype(float) - other).max() < 20


def test_a_blended_face_looks_as_it_did(golden):
    new = pasted(FRAME, blend((120, 80, 70, 0.4)))
    # A shift by a tenth of a pixel is a difference of 0.27 on the average.
    golden("blend.png", new[20:140, 60:180], tolerance=0.2)

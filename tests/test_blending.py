import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap import masks
from faceswap.blending import Blend
from faceswap.geometry import MEAN_FACE, crop_matrix, transform

SIZE = 64
FULL = np.full((SIZE, SIZE), 255, np.uint8)


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


def pasted(frame, patch):
    new = frame.copy()
    height, width = patch.mask.shape
    region = new[patch.top : patch.top + height, patch.left : patch.left + width]
    assert region.shape == patch.rgb.shape
    region[patch.mask > 0] = patch.rgb[patch.mask > 0]
    return new


FRAME = picture(160, 240)
FACE = picture(SIZE, SIZE, seed=1)

places = st.tuples(
    st.floats(-40, 280), st.floats(-40, 200), st.floats(15, 120), st.floats(-3.1, 3.1)
)


def blend(landmarks, frame=FRAME, face=FACE, opacity=FULL, how=None):
    matrix = crop_matrix(landmarks, SIZE, margin=1)
    return (how or Blend()).patch(frame, face, opacity, matrix, landmarks)


@given(places, st.sampled_from(["lab", "none"]))
def test_outside_of_the_face_nothing_changes_wherever_it_is(place, how):
    landmarks = face_at(*place)
    patch = blend(landmarks, how=Blend(color=how))
    if patch is None:
        return
    assert patch.left >= 0 and patch.top >= 0
    new = pasted(FRAME, patch)
    hull = masks.fill(masks.hull(landmarks), FRAME.shape[:2])
    assert (new[hull == 0] == FRAME[hull == 0]).all()


def test_inside_of_the_face_it_does_change():
    landmarks = face_at(120, 80, 60)
    new = pasted(FRAME, blend(landmarks))
    inside = masks.fill(masks.hull(landmarks), FRAME.shape[:2]) > 0
    assert np.abs(new.astype(float) - FRAME)[inside].mean() > 10


@pytest.mark.parametrize("place", [(-200, 80), (120, -200), (600, 80), (120, 500)])
def test_a_face_outside_of_the_frame_is_none(place):
    assert blend(face_at(*place, 60)) is None


def test_the_frame_that_is_given_stays_as_it_was():
    frame = FRAME.copy()
    blend(face_at(120, 80, 60), frame=frame)
    assert (frame == FRAME).all()


def test_the_old_face_put_back_is_the_old_frame():
    landmarks = face_at(120, 80, 60, 0.3)
    size = 256
    matrix = crop_matrix(landmarks, size, margin=1)
    face = cv2.warpAffine(FRAME, matrix, (size, size), flags=cv2.INTER_CUBIC)
    patch = Blend(color="none").patch(
        FRAME, face, np.full((size, size), 255, np.uint8), matrix, landmarks
    )
    assert np.abs(pasted(FRAME, patch).astype(float) - FRAME).max() <= 6


def test_each_pixel_is_between_the_old_and_the_new():
    black, white = np.zeros_like(FRAME), np.full_like(FACE, 255)
    patch = blend(face_at(120, 80, 60), frame=black, face=white, how=Blend(color="none"))
    new = pasted(black, patch)
    assert new.max() == 255
    ramp = np.unique(new)
    assert len(ramp) > 20


def test_where_the_model_is_not_sure_the_old_face_stays():
    landmarks = face_at(120, 80, 60)
    patch = blend(landmarks, opacity=np.zeros_like(FULL))
    assert not patch.mask.any()
    half = FULL.copy()
    half[:, : SIZE // 2] = 0
    new = pasted(FRAME, blend(landmarks, opacity=half, how=Blend(color="none")))
    changed = (new != FRAME).any(axis=2)
    assert changed[:, 122:].any()
    assert not changed[:, :117].any()


def test_the_edge_moves_in_with_erode_and_softens_with_feather():
    landmarks, black = face_at(120, 80, 80), np.zeros_like(FRAME)
    white = np.full_like(FACE, 255)

    def area(**how):
        patch = blend(landmarks, frame=black, face=white, how=Blend(color="none", **how))
        return pasted(black, patch)[..., 0]

    plain = area(erode=0, feather=0)
    assert (area(erode=0.1, feather=0) > 0).sum() < 0.85 * (plain > 0).sum()
    soft = area(erode=0, feather=0.3)
    assert ((soft > 10) & (soft < 245)).sum() > 10 * ((plain > 10) & (plain < 245)).sum()


def test_the_new_face_takes_the_old_ones_colours():
    landmarks, frame = face_at(120, 80, 80), (FRAME // 4 + 20).astype(np.uint8)
    own = pasted(frame, blend(landmarks, frame=frame, how=Blend(color="none")))
    lab = pasted(frame, blend(landmarks, frame=frame, how=Blend(color="lab")))
    inside = masks.soften(masks.fill(masks.hull(landmarks), frame.shape[:2]), 8, 1) > 0
    wanted = frame[inside].mean()
    assert abs(own[inside].mean() - wanted) > 20
    assert abs(lab[inside].mean() - wanted) < 8


def test_a_blended_face_looks_as_it_did(golden):
    landmarks = face_at(120, 80, 70, 0.4)
    new = pasted(FRAME, blend(landmarks, how=Blend(erode=0.02, feather=0.15, color="lab")))
    # A shift by a tenth of a pixel is a difference of 0.27 on the average.
    golden("blend.png", new[20:140, 60:180], tolerance=0.2)

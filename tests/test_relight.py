import cv2
import numpy as np
import pytest

from faceswap.data.relight import COARSE, LEFT, Relight, shadows

SIDE = 96


@pytest.fixture(scope="module")
def own(portrait):
    """Two crops of a real face with their masks, and the same face in another light."""
    face = cv2.resize(portrait[20:210, 50:240], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.ellipse(mask, (48, 48), (30, 38), 0, 0, 360, 255, -1)
    return [face, face], [mask, mask]


def lab(face, mask):
    return cv2.cvtColor(face, cv2.COLOR_RGB2LAB)[mask > 0].astype(float)


def test_a_recolored_face_has_the_colours_of_the_other(own):
    (face, _), (mask, _) = own
    other = np.asarray(face * [0.6, 0.7, 0.9], np.uint8)
    done = Relight(recolor=1).recolored(np.random.default_rng(0), own, ([other] * 2, [mask] * 2))
    assert len(done) == 2
    off = np.abs(lab(done[0], mask).mean(0) - lab(other, mask).mean(0)).max()
    assert off < 2 < np.abs(lab(face, mask).mean(0) - lab(other, mask).mean(0)).max()
    assert lab(done[0], mask).std(0)[0] == pytest.approx(lab(other, mask).std(0)[0], rel=0.1)


def test_the_colours_of_its_own_leave_a_face_as_it_is(own):
    done = Relight(recolor=1).recolored(np.random.default_rng(0), own, own)
    assert np.abs(done[0].astype(int) - own[0][0]).mean() < 1.5


def test_only_the_face_says_which_colours(own):
    (face, _), (mask, _) = own
    blue = face.copy()
    blue[mask == 0] = (0, 0, 255)
    done = Relight(recolor=1).recolored(np.random.default_rng(0), own, ([blue] * 2, own[1]))
    assert np.abs(done[0].astype(int) - face).mean() < 1.5


def test_a_share_of_the_faces_is_changed(own):
    faces = [own[0][0]] * 60
    dark = [np.asarray(own[0][0] // 2, np.uint8)] * 60
    masks = [own[1][0]] * 60
    random = np.random.default_rng(2)
    done = Relight(recolor=0.5).recolored(random, (faces, masks), (dark, masks))
    assert 15 < sum((one != faces[0]).any() for one in done) < 45
    shaded = Relight(shadow=0.5).shadowed(random, faces)
    assert 15 < sum((one != faces[0]).any() for one in shaded) < 45
    assert all((one <= faces[0] + 1).all() for one in shaded)


def test_shadows_leave_some_light_and_have_one_soft_edge():
    lights = shadows(np.random.default_rng(0), 100)
    assert lights.shape == (100, COARSE, COARSE)
    assert lights.min() >= 255 * LEFT[0] - 1
    assert np.median(lights.max(axis=(1, 2))) > 250
    steps = np.abs(np.diff(lights.astype(int), axis=2)).max()
    assert 20 < steps < 255 * 0.65

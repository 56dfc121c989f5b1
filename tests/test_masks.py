import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap import masks
from faceswap.geometry import MEAN_FACE

FACE = MEAN_FACE * 60 + 40


def test_the_hull_holds_all_landmarks_and_the_lower_forehead():
    hull = masks.hull(FACE)
    for x, y in FACE:
        assert cv2.pointPolygonTest(hull, (float(x), float(y)), True) > -1e-3
    brow, eye = FACE[17:27, 1].mean(), FACE[36:48, 1].mean()
    forehead = (float(FACE[27, 0]), float(brow - 0.5 * (eye - brow)))
    assert cv2.pointPolygonTest(hull, forehead, False) > 0


def test_the_hull_turns_with_the_face():
    turned = FACE[:, ::-1] * [1, -1] + [0, 200]
    found = masks.hull(turned).astype(float)
    wanted = masks.hull(FACE).astype(float)[:, ::-1] * [1, -1] + [0, 200]
    np.testing.assert_allclose(found[found[:, 1].argsort()], wanted[wanted[:, 1].argsort()], 1e-4)


@given(st.floats(0, 60), st.floats(0, 60), st.floats(4, 30))
def test_a_filled_square_has_the_area_it_should(x, y, side):
    square = [[x, y], [x + side, y], [x + side, y + side], [x, y + side]]
    mask = masks.fill(square, (100, 100))
    assert set(np.unique(mask)) <= {0, 255}
    # cv2 paints the outline too: up to one pixel more on each side.
    assert (side - 1) ** 2 <= (mask > 0).sum() <= (side + 2) ** 2


def test_a_polygon_beyond_the_picture_is_cut_off():
    assert (masks.fill([[-50, -50], [200, -50], [200, 200], [-50, 200]], (30, 20)) == 255).all()
    assert not masks.fill([[200, 200], [210, 200], [205, 210]], (30, 20)).any()


@given(st.floats(0, 12), st.floats(0.5, 12))
def test_a_soft_edge_is_0_up_to_the_erosion_and_1_a_feather_further_in(erode, feather):
    mask = np.zeros((80, 80), np.uint8)
    cv2.circle(mask, (40, 40), 34, 255, -1)
    soft = masks.soften(mask, erode, feather)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    assert soft.dtype == np.float32
    assert soft.min() == 0 and soft.max() <= 1
    assert not soft[depth <= erode].any()
    assert (soft[depth >= erode + feather + 1e-3] > 0.9999).all()
    order = np.argsort(depth.ravel())
    assert (np.diff(soft.ravel()[order]) >= -1e-6).all()


def test_no_feather_is_a_hard_edge():
    mask = masks.fill(masks.hull(FACE), (140, 140))
    assert set(np.unique(masks.soften(mask, 0, 0))) == {0.0, 1.0}


def test_the_pictures_border_is_no_edge():
    mask = np.full((20, 20), 255, np.uint8)
    mask[:, :5] = 0
    soft = masks.soften(mask, 1, 3)
    assert (soft[:, -1] == 1).all()
    assert not soft[:, :5].any()


def test_an_empty_mask_stays_empty():
    assert not masks.soften(np.zeros((9, 9), np.uint8), 1, 2).any()


@pytest.mark.parametrize("width", [2.0, 60.0])
def test_the_softened_mask_of_a_face_stays_inside_of_it(width):
    mask = masks.fill(masks.hull(FACE), (140, 140))
    assert not masks.soften(mask, width, width)[mask == 0].any()

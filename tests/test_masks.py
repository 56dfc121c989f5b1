import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap.compositing import masks
from faceswap.pictures.geometry import MEAN_FACE, crop_matrix, transform

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


def disk(radius=34, side=80):
    mask = np.zeros((side, side), np.uint8)
    cv2.circle(mask, (side // 2, side // 2), radius, 255, -1)
    return mask


def test_distance_is_above_0_inside_and_below_outside_and_steps_by_one_across_the_edge():
    distance = masks.signed_distance(disk())
    assert (distance > 0).tolist() == (disk() > 0).tolist()
    row = distance[40]
    edge = int(np.flatnonzero(row > 0)[0])
    assert row[edge] - row[edge - 1] == pytest.approx(1, abs=0.1)
    assert distance[40, 40] == pytest.approx(34, abs=1.5)


def test_an_empty_mask_is_far_outside_and_a_full_one_far_inside():
    assert (masks.signed_distance(np.zeros((9, 9), np.uint8)) <= -9).all()
    assert (masks.signed_distance(np.full((9, 9), 255, np.uint8)) >= 9).all()


@given(st.floats(-0.1, 0.3), st.floats(0.02, 0.4))
def test_a_soft_edge_is_0_up_to_the_erosion_and_1_a_feather_further_in(erode, feather):
    unit, mask = 40.0, disk(28, 160)
    soft = masks.Edge(erode=erode, feather=feather).soft(mask, unit)
    depth = masks.signed_distance(mask)
    assert soft.dtype == np.float32 and soft.min() == 0 and soft.max() <= 1
    assert not soft[depth <= erode * unit].any()
    assert (soft[depth >= (erode + feather) * unit + 1e-3] > 0.9999).all()
    order = np.argsort(depth.ravel())
    assert (np.diff(soft.ravel()[order]) >= -1e-6).all()


def test_no_feather_is_a_hard_edge():
    soft = masks.Edge(erode=0, feather=0).soft(disk(), 40)
    assert set(np.unique(soft)) == {0.0, 1.0}


def test_the_squares_border_is_an_edge_whatever_the_erosion():
    soft = masks.Edge(erode=-0.5, feather=0.2).soft(np.full((64, 64), 255, np.uint8), 40)
    assert not soft[[0, -1]].any() and not soft[:, [0, -1]].any()
    assert soft[32, 32] == 1
    assert np.abs(np.diff(soft, axis=0)).max() < 0.25


SIDE = 140
ONES, NOTHING = np.full((SIDE, SIDE), 255, np.uint8), np.zeros((48, 48), np.uint8)


def left_part(of=SIDE * 2 // 3):
    mask = ONES.copy()
    mask[:, of:] = 0
    return mask


def area(learned=ONES, occluded=NOTHING, **how):
    return masks.Edge(**{"feather": 0.0, "erode": 0.0} | how).alpha(FACE, learned, occluded).mean()


def test_a_mask_of_ones_was_not_learnt_so_the_hull_takes_its_place():
    whole = area(kind="hull")
    assert 0.1 < whole < 0.5
    assert area(kind="learned") == area(kind="both") == whole


def test_learned_is_the_models_own_and_both_what_is_in_both():
    hull, learned, both = (area(left_part(), kind=kind) for kind in masks.KINDS)
    assert learned == pytest.approx(2 / 3, abs=0.02)
    assert 0.6 * hull < both < 0.95 * hull


def test_a_mask_that_leaves_out_most_of_the_face_was_not_learnt():
    assert area(ONES * 0 + 60) == area(left_part(40)) == area(kind="hull")


def test_it_is_known_which_masks_are_taken():
    edge, hull = masks.Edge(), masks.Edge("hull")
    for learned, asked, taken in ((ONES, 0, 0), (ONES * 0 + 60, 1, 0), (left_part(), 1, 1)):
        assert (edge.asks(learned), edge.takes(FACE, learned)) == (asked, taken)
        assert not hull.asks(learned) and not hull.takes(FACE, learned)


def test_what_lies_before_the_face_is_left_out_as_strongly_as_asked():
    below = NOTHING.copy()
    below[28:] = 255
    whole, half, gone = (area(occluded=below, occlusion=much) for much in (0.0, 0.5, 1.0))
    assert gone < 0.8 * whole
    assert half == pytest.approx((whole + gone) / 2, rel=0.01)
    assert area(occlusion=1.0) == whole


def test_the_same_face_has_the_same_opacity_at_any_side():
    edge = masks.Edge()
    small, large = (edge.alpha(FACE, left_part(), NOTHING, side) for side in (64, 256))
    shrunk = cv2.resize(large, (64, 64), interpolation=cv2.INTER_AREA)
    assert small.shape == (64, 64) and np.abs(small - shrunk).mean() < 0.01


def test_a_drawn_mask_takes_the_place_of_all():
    drawn = cv2.resize(left_part(), (256, 256), interpolation=cv2.INTER_NEAREST)
    alpha = masks.Edge(erode=0, feather=0).drawn(FACE, SIDE, drawn)
    assert alpha.shape == (masks.SIDE, masks.SIDE)
    assert alpha[:, 176:].max() == 0 and alpha[5:-5, 5:160].min() == 1


def test_old_brows_are_covered_where_the_learned_mask_ends_below_them():
    points = transform(MEAN_FACE, crop_matrix(MEAN_FACE, 256, margin=1.0))
    learned = np.full((256, 256), 255, np.uint8)
    end = int(points[17:27, 1].max()) + 4
    learned[:end] = 0
    nothing = np.zeros((48, 48), np.uint8)
    alpha = masks.Edge(erode=0.0, feather=0.02).alpha(points, learned, nothing)
    brows = points[[19, 21, 22, 24]].round().astype(int)
    assert (alpha[brows[:, 1], brows[:, 0]] > 0.9).all()
    whole = masks.Edge("hull", erode=0.0, feather=0.02).alpha(points, learned, nothing)
    assert alpha[:end].sum() < 0.999 * whole[:end].sum()

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap.pictures.geometry import (
    CENTRE,
    COVERAGE,
    INNER,
    MARGIN,
    MEAN_FACE,
    centre_matrix,
    compose,
    crop_matrix,
    inverse,
    scale_of,
    similarity,
    transform,
)


def matrix_of(angle, scale, x, y):
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[c, -s, x], [s, c, y]])


similarities = st.builds(
    matrix_of,
    st.floats(-np.pi, np.pi),
    st.floats(0.05, 500),
    st.floats(-2000, 2000),
    st.floats(-2000, 2000),
)
FACES = st.builds(lambda matrix: transform(MEAN_FACE, matrix), similarities)


@given(similarities)
def test_similarity_finds_the_turn_scale_and_shift_that_were_made(matrix):
    found = similarity(MEAN_FACE, transform(MEAN_FACE, matrix))
    np.testing.assert_allclose(found, matrix, rtol=1e-6, atol=1e-6 * scale_of(matrix))


@given(similarities, st.integers(0, 2**32 - 1))
def test_similarity_is_the_best_in_the_least_squares_sense(matrix, seed):
    random = np.random.default_rng(seed)
    onto = transform(MEAN_FACE, matrix) + random.normal(0, 0.05 * scale_of(matrix), (68, 2))
    found = similarity(MEAN_FACE, onto)
    best = ((transform(MEAN_FACE, found) - onto) ** 2).sum()
    for angle, scale, x, y in 1e-3 * np.vstack([np.eye(4), -np.eye(4)]):
        moved = compose(found, matrix_of(angle, 1 + scale, x, y))
        assert ((transform(MEAN_FACE, moved) - onto) ** 2).sum() >= best


def test_similarity_never_mirrors():
    mirrored = MEAN_FACE * [-1, 1]
    assert np.linalg.det(similarity(MEAN_FACE, mirrored)[:, :2]) > 0


def test_points_that_are_all_one_do_not_break_it():
    assert np.isfinite(similarity(np.ones((5, 2)), MEAN_FACE[:5])).all()


@given(similarities)
def test_inverse_undoes(matrix):
    points = transform(MEAN_FACE, matrix)
    np.testing.assert_allclose(transform(points, inverse(matrix)), MEAN_FACE, atol=1e-6)


@given(similarities, similarities)
def test_compose_does_the_first_and_then_the_second(first, second):
    both = transform(MEAN_FACE, compose(second, first))
    one_by_one = transform(transform(MEAN_FACE, first), second)
    np.testing.assert_allclose(both, one_by_one, rtol=1e-9, atol=1e-6)


@given(similarities)
def test_scale_is_how_far_apart_points_end_up(matrix):
    a, b = transform([[0, 0], [3, 4]], matrix)
    assert np.linalg.norm(b - a) == pytest.approx(5 * scale_of(matrix))


def test_transform_takes_one_point_and_many():
    matrix = np.array([[2.0, 0, 1], [0, 2, -1]])
    assert transform([1, 1], matrix).tolist() == [3, 1]
    assert transform(np.zeros((4, 68, 2)), matrix).shape == (4, 68, 2)


@pytest.mark.parametrize("coverage", COVERAGE)
@pytest.mark.parametrize("size", [64, 256])
@given(landmarks=FACES)
def test_a_crop_lays_any_face_of_the_mean_shape_on_the_mean_face(coverage, size, landmarks):
    seats = transform(landmarks, crop_matrix(landmarks, size, coverage))
    unit = size / (COVERAGE[coverage] * MARGIN)
    middle = (seats[27:31].mean(axis=0) - MEAN_FACE[27:31].mean(axis=0) * unit)[0] + unit / 2
    assert middle == pytest.approx((size - 1) / 2, abs=1e-4)
    below_brows = (size - 1) / 2 - seats[INNER, 1].min()
    assert below_brows == pytest.approx(CENTRE[coverage] * unit, abs=1e-4)
    assert np.ptp(seats[INNER, 0]) == pytest.approx(unit, abs=1e-4)


@pytest.mark.parametrize("coverage", COVERAGE)
def test_the_jaw_is_inside_of_the_networks_square(coverage):
    seats = transform(MEAN_FACE, crop_matrix(MEAN_FACE, 128, coverage, margin=1))
    assert seats.min() > 0
    assert seats.max() < 127


def test_the_jaw_has_no_say_in_where_a_face_is():
    moved = MEAN_FACE.copy()
    moved[:17] += 5
    np.testing.assert_array_equal(crop_matrix(moved, 64), crop_matrix(MEAN_FACE, 64))


@given(FACES, st.sampled_from([64, 96, 128]), st.sampled_from([160, 256, 512]))
def test_the_middle_of_a_crop_is_the_networks_square(landmarks, net_size, size):
    by_crop = compose(centre_matrix(size, net_size), crop_matrix(landmarks, size))
    at_once = crop_matrix(landmarks, net_size, margin=1)
    np.testing.assert_allclose(
        transform(landmarks, by_crop), transform(landmarks, at_once), atol=1e-3
    )


def test_the_mean_face_is_symmetric_and_cannot_be_changed():
    brows = MEAN_FACE[17:27]
    np.testing.assert_allclose(brows[:, 0], 1 - brows[::-1, 0], atol=1e-4)
    assert MEAN_FACE.shape == (68, 2)
    with pytest.raises(ValueError, match="read-only"):
        MEAN_FACE[0] = 0

import numpy as np
import pytest

from faceswap.data.augment import Augment
from faceswap.data.changes import in_square, spread_matrix
from faceswap.pictures.geometry import MARGIN, centre_matrix, transform

STILL = Augment(rotation=0, zoom=0, shift=0, warp=0, flip=False, color=0)


def draw(augment, count=4):
    return augment.draw(np.random.default_rng(1), count)


@pytest.mark.parametrize("points", [3, 5, 17])
@pytest.mark.parametrize("size", [4, 64, 96])
def test_spread_matrix_keeps_lines_straight(size, points):
    spread = spread_matrix(size, points) @ np.linspace(-1, 1, points).astype(np.float32)
    np.testing.assert_allclose(spread, (np.arange(size) + 0.5) / size * 2 - 1, atol=1e-6)


def test_points_in_the_square_are_those_of_the_centre():
    points = np.array([[[99.5, 99.5], [19.5, 179.5]]])
    edge = 1 / MARGIN * 200
    assert in_square(points, 200)[0, 0].tolist() == [0, 0]
    in_pixels = transform(points, centre_matrix(200, 64))
    np.testing.assert_allclose(in_square(points, 200), (in_pixels - 31.5) / 32, atol=1e-6)
    assert in_square(np.array([99.5 + edge / 2]), 200) == pytest.approx(1)


@pytest.mark.parametrize("kind", ["classic", "multigrid"])
def test_a_picture_and_its_mask_are_turned_and_mirrored_alike(kind):
    masks = np.zeros((16, 80, 80), np.uint8)
    masks[:, 20:50, 10:40] = 255
    changes = draw(Augment(kind=kind), 16)
    shown = changes.targets(np.repeat(masks[..., None], 3, axis=-1), 32)
    np.testing.assert_array_equal(shown[..., 1], changes.targets(masks, 32))
    left = changes.targets(masks, 32)[:, :, :16].mean(axis=(1, 2)) > 40
    assert (left == (np.linalg.det(changes.matrices[:, :, :2]) > 0)).all()
    assert 0 < left.sum() < 16


def test_unchanged_crops_give_the_same_input_and_target():
    faces = np.random.default_rng(0).integers(0, 256, (4, 80, 80, 3), dtype=np.uint8)
    changes = draw(STILL)
    given, asked = changes.inputs(faces, 64).astype(int), changes.targets(faces, 64)
    assert np.abs(given - asked).max() <= 2
    np.testing.assert_array_equal(changes.tinted(faces), faces)

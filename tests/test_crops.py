import cv2
import numpy as np
import pytest

from faceswap.alignment.crops import RECORDS, Crop, CropFolder, FrameCrops, pack, sharpness
from faceswap.errors import Damaged
from faceswap.films.images import write_image
from faceswap.pictures.geometry import MEAN_FACE, crop_matrix
from faceswap.storage.journal import Journal

POINTS = [(float(x), float(y)) for x, y in MEAN_FACE * 80 + 30]


def crop(frame, face=0, training=True):
    return Crop(frame, face, pack(crop_matrix(POINTS, 64)), POINTS, 10.0, training)


@pytest.fixture
def folder(tmp_path):
    lines = [
        FrameCrops(0, [crop(0)]),
        FrameCrops(1),
        FrameCrops(2, [crop(2), crop(2, 1, training=False)]),
    ]
    Journal(tmp_path / RECORDS, FrameCrops).append(lines)
    for line in lines:
        for one in line.crops:
            write_image(tmp_path / one.name, np.full((64, 64, 3), 10 * one.frame, np.uint8))
    return CropFolder(tmp_path)


def test_crops_come_in_the_order_of_their_frames(folder):
    assert [c.name for c in folder] == ["000000_0.png", "000002_0.png", "000002_1.png"]
    assert folder.count() == 3


def test_those_not_to_learn_from_are_left_out_of_training_alone(folder):
    assert folder.count(training=True) == 2
    assert [c.face for c in folder.learnable()] == [0, 0]


def test_a_picture_deleted_by_hand_leaves_its_face_out(folder):
    (folder.folder / "000000_0.png").unlink()
    assert [c.frame for c in folder] == [2, 2]


def test_a_picture_is_rgb(folder):
    one = next(iter(folder))
    write_image(folder.folder / one.name, np.full((64, 64, 3), (250, 100, 0), np.uint8))
    assert folder.picture(one)[0, 0].tolist() == [250, 100, 0]


@pytest.mark.parametrize("how", ["text", "oblong", "empty"])
def test_a_picture_that_is_none_is_damaged(folder, how):
    one = next(iter(folder))
    path = folder.folder / one.name
    path.write_text("text" if how == "text" else "")
    if how == "oblong":
        write_image(path, np.zeros((8, 9, 3), np.uint8))
    with pytest.raises(Damaged, match="delete it to leave the face out"):
        folder.picture(one)


def test_the_landmarks_are_known_in_frame_and_in_crop():
    one = crop(0)
    np.testing.assert_allclose(one.points, POINTS)
    assert one.from_frame.shape == (2, 3)
    np.testing.assert_allclose(one.crop_points[30], [31.5, 29.4], atol=4)


def test_a_matrix_survives_being_packed():
    matrix = crop_matrix(POINTS, 64)
    np.testing.assert_array_equal(np.array(pack(matrix)).reshape(2, 3), matrix)


def test_blur_takes_sharpness_away(portrait):
    square = portrait[:256, :256]
    blurred = [cv2.GaussianBlur(square, (0, 0), sigma) for sigma in (1, 3, 8)]
    found = [sharpness(square), *map(sharpness, blurred)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 4 * found[2]


def test_sharpness_is_of_the_128_pixel_picture(portrait):
    square = portrait[:256, :256]
    half = cv2.resize(square, (128, 128), interpolation=cv2.INTER_AREA)
    assert sharpness(square) == pytest.approx(sharpness(half), rel=0.1)

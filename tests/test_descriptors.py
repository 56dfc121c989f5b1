"""Descriptors: Keras' are dlib's, whatever the batch."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap.detection.descriptors import MANY, Describer, face_chip
from faceswap.detection.detectors import open_detector
from faceswap.detection.found import Image
from faceswap.detection.landmarks import Landmarker


@pytest.fixture(scope="module")
def chips(portrait: Image, talking_clip: object) -> NDArray[np.uint8]:
    """Two persons, the first at several sizes, brightnesses and mirrored."""
    with av.open(str(talking_clip)) as film:
        man = next(film.decode(video=0)).to_ndarray(format="rgb24")
    pictures = [
        portrait,
        portrait[:, ::-1],
        np.asarray(portrait * 0.6, np.uint8),
        cv2.resize(portrait, None, fx=0.6, fy=0.6),
        cv2.resize(portrait, None, fx=2.2, fy=2.2),
        man,
        man[::-1, ::-1],
    ]
    found = [face_chip(*_placed(np.ascontiguousarray(p, np.uint8))) for p in pictures[:6]]
    return np.stack([*found, found[0][::-1]])


def _placed(picture: Image) -> tuple[Image, NDArray[np.float64]]:
    face = open_detector("blaze").find(picture, 50)[0]
    return picture, Landmarker().locate(picture, face).points


def test_a_chip_is_dlibs_aligned_face(chips: NDArray[np.uint8]) -> None:
    assert chips.shape[1:] == (150, 150, 3) and chips.dtype == np.uint8


def test_many_faces_get_the_numbers_of_few(chips: NDArray[np.uint8]) -> None:
    few, many = Describer(1).describe(chips), Describer(MANY).describe(chips)
    assert few.shape == many.shape == (len(chips), 128)
    assert np.abs(few - many).max() < 1e-5
    assert np.linalg.norm(few[0] - few[5]) > 0.7


def test_the_batch_does_not_change_the_numbers(chips: NDArray[np.uint8]) -> None:
    describer = Describer(MANY)
    together = describer.describe([*chips] * 6)
    assert len(together) == 6 * len(chips)
    for n, chip in enumerate(chips):
        alone = describer.describe([chip])[0]
        for row in together[n :: len(chips)]:
            assert np.abs(row - alone).max() < 2e-6


def test_no_faces_have_no_descriptors() -> None:
    assert Describer(MANY).describe([]).shape == Describer(1).describe([]).shape == (0, 128)


def test_training_in_bfloat16_does_not_change_the_numbers(chips: NDArray[np.uint8]) -> None:
    from faceswap.detection.face_resnet import FaceResnet
    from faceswap.networks import precision

    with precision.using("bfloat16"):
        found = FaceResnet().describe(chips[:1])
    assert np.abs(found - Describer(1).describe(chips[:1])).max() < 1e-5

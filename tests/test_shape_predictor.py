"""Landmarks by our own walk through dlib's trees, beside dlib's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import dlib
import face_recognition_models
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap.detection.shape_predictor import ShapePredictor, _leaf

#: Left upper corners and side of four squares about the portrait's face.
CORNERS = np.array([(100, 82), (92, 82), (100, 74), (92, 74)])
SIDE = 98


@pytest.fixture(scope="module")
def ours() -> ShapePredictor:
    """The predictor that is tested."""
    return ShapePredictor()


@pytest.fixture(scope="module")
def dlibs() -> Any:
    """dlib's own."""
    return dlib.shape_predictor(face_recognition_models.pose_predictor_model_location())


def answers(
    dlibs: Any, grey: NDArray[np.uint8], corners: NDArray[Any], side: int
) -> NDArray[np.float64]:
    """dlib's landmarks from each square, in whole pixels."""
    squares = [
        dlib.rectangle(int(x), int(y), int(x) + side - 1, int(y) + side - 1) for x, y in corners
    ]
    found = [[(p.x, p.y) for p in dlibs(grey, square).parts()] for square in squares]
    return np.array(found, np.float64)


def test_the_answers_are_dlibs_before_it_rounds_them(
    ours: ShapePredictor, dlibs: Any, portrait: NDArray[np.uint8]
) -> None:
    """Nearly all: a difference of 1e-5 pixels now and then lets a tree go another way."""
    apart = []
    for scale in (1.0, 1.7, 2.6):
        picture = cv2.resize(portrait, None, fx=scale, fy=scale)
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
        for shift in (-6, 0, 5):
            corners = np.round(scale * (CORNERS + shift))
            side = round(SIDE * scale)
            found = ours.locate(grey, corners, side)
            apart.append(np.abs(found - answers(dlibs, grey, corners, side)))
    assert np.mean(np.array(apart) < 0.505) > 0.97
    assert np.max(apart) < 3


def test_what_lies_outside_of_the_picture_is_black(
    ours: ShapePredictor, dlibs: Any, portrait: NDArray[np.uint8]
) -> None:
    grey = np.asarray(cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY), np.uint8)
    cut = np.ascontiguousarray(grey[:150, 110:])
    corners = CORNERS - [110, 0]
    apart = np.abs(ours.locate(cut, corners, SIDE) - answers(dlibs, cut, corners, SIDE))
    assert np.mean(apart < 0.505) > 0.9


def test_each_square_has_its_own_answer(ours: ShapePredictor, portrait: NDArray[np.uint8]) -> None:
    grey = np.asarray(cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY), np.uint8)
    found = ours.locate(grey, CORNERS, SIDE)
    assert found.shape == (4, 68, 2)
    np.testing.assert_array_equal(ours.locate(grey, CORNERS[::-1], SIDE), found[::-1])
    assert np.ptp(found, axis=0).max() > 0.1


def test_a_way_down_a_tree_ends_in_its_leaf() -> None:
    """All 2^15 answers to its questions, beside a walk from node to node."""
    numbers = np.arange(1 << 15)
    ways = np.array([(numbers >> question) & 1 for question in range(15)], bool)
    found = _leaf(ways)
    for number in range(0, 1 << 15, 37):
        node = 0
        while node < 15:
            node = 2 * node + (1 if ways[node, number] else 2)
        assert found[number] == 15 - (node - 15)


def test_the_file_may_be_another(tmp_path: Path) -> None:
    from faceswap.errors import Damaged

    path = tmp_path / "five.dat"
    path.write_bytes(
        Path(face_recognition_models.pose_predictor_five_point_model_location()).read_bytes()
    )
    with pytest.raises(Damaged, match="rows of the mean shape"):
        ShapePredictor(path)

"""The cnn detector, held against dlib's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import cv2
import dlib
import face_recognition_models
import numpy as np
import pytest

from faceswap.detection.found import Image
from faceswap.detection.mmod import Mmod

ALIKE = ("as it is", "smaller", "larger", "largest", "squeezed", "twice", "cut", "shrunk")


@pytest.fixture(scope="module")
def theirs() -> Any:
    path = face_recognition_models.cnn_face_detector_model_location()
    return dlib.cnn_face_detection_model_v1(path)


@pytest.fixture(scope="module")
def ours() -> Mmod:
    return Mmod()


def altered(portrait: Image, how: str) -> Image:
    """The portrait, 300 pixels wide, so that its face is seen at other levels and near edges."""
    picture = {
        "as it is": lambda: portrait,
        "smaller": lambda: cv2.resize(portrait, None, fx=0.85, fy=0.85),
        "larger": lambda: cv2.resize(portrait, None, fx=1.4, fy=1.4),
        "largest": lambda: cv2.resize(portrait[50:210, 60:230], None, fx=2.3, fy=2.3),
        "squeezed": lambda: cv2.resize(portrait, None, fx=0.9, fy=1.1),
        "twice": lambda: np.concatenate([portrait, portrait[:, ::-1]], 1),
        "cut": lambda: portrait[60:, 70:],
        "shrunk": lambda: cv2.resize(portrait, None, fx=0.5, fy=0.5),
    }[how]()
    return np.ascontiguousarray(picture, np.uint8)


def agree(ours: Mmod, theirs: Any, picture: Image) -> int:
    """Compares boxes and scores of one picture; gives how many faces there are."""
    expected = [
        (o.rect.left(), o.rect.top(), o.rect.right(), o.rect.bottom(), o.confidence)
        for o in theirs(picture, 0)
    ]
    found = [face for face in ours.find(picture, 80) if face.score > 0]
    assert len(found) == len(expected)
    for face, (*box, score) in zip(found, sorted(expected, key=lambda e: -e[4]), strict=True):
        # Ours are squares of the same centre: dlib rounds each side by itself.
        assert face.box == pytest.approx(box, abs=0.75)
        assert face.score == pytest.approx(score, abs=1e-4)
    return len(found)


@pytest.mark.parametrize("how", ALIKE)
def test_boxes_and_scores_are_dlibs(ours: Mmod, theirs: Any, portrait: Image, how: str) -> None:
    count = agree(ours, theirs, altered(portrait, how))
    assert count == {"twice": 2, "shrunk": 0}.get(how, 1)


@pytest.mark.parametrize("side", [300, 420])
def test_they_are_in_frames_of_a_film(
    ours: Mmod, theirs: Any, talking_clip: Path, side: int
) -> None:
    with av.open(str(talking_clip)) as film:
        frame = next(film.decode(video=0)).to_ndarray(format="rgb24")
    picture = cv2.resize(frame, (side, side * frame.shape[0] // frame.shape[1]))
    assert agree(ours, theirs, np.asarray(picture, np.uint8)) == 1


def test_several_pictures_at_once_are_as_each_alone(ours: Mmod, portrait: Image) -> None:
    pictures = [portrait, np.ascontiguousarray(portrait[:, ::-1]), np.zeros_like(portrait)]
    together = ours.find_all(pictures, 60)
    assert [len(found) for found in together] == [1, 1, 0]
    for picture, found in zip(pictures, together, strict=True):
        (alone,) = ours.find(picture, 60) or [None]
        assert (found[0] if found else None) == pytest.approx(alone, abs=1e-5)


def test_what_is_less_sure_than_dlib_reports_is_told_too(ours: Mmod, portrait: Image) -> None:
    scores = [
        face.score
        for grey in np.linspace(0.7, 1, 31)
        for face in ours.find((portrait * (1 - grey) + 110 * grey).astype(np.uint8), 80)
    ]
    assert -0.5 <= min(scores) < 0 and max(scores) > 0.5

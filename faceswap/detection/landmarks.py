"""Landmarker: the 68 landmarks of a face somebody found."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from faceswap.detection.found import Found
from faceswap.detection.shape_predictor import ShapePredictor
from faceswap.detection.window import window_of
from faceswap.films.shown import Picture
from faceswap.pictures.geometry import INNER, MEAN_FACE, Points, inverse, similarity, transform

#: Side in pixels a face is brought to, and its window's.
_SIDE, _WINDOW = 256, 410
#: Shifts (across and down, in sides) of the squares the predictor starts from. The mean of these
#: four shakes by 1.5 % of the distance between the eyes from frame to frame; one answer by 2.1 %,
#: and by 2.7 % in the frame's own pixels.
_STARTS = ((0.04, 0.04), (-0.04, 0.04), (0.04, -0.04), (-0.04, -0.04))
_CORNERS = np.round((_WINDOW - _SIDE) / 2 + _SIDE * np.array(_STARTS))
#: Degrees, and shares of the side, by which a start may be off. dlib's detectors often are: their
#: sides come in steps of a fifth. One more look then takes a third off the shaking.
_TURN, _SHIFT, _GROWTH = 6.0, 0.06, 0.08
#: Centre and side of the square dlib's detector puts on a face, on the mean face.
_SEAT, _REACH = np.array([0.5, 0.487]), 1.241


class Shape(NamedTuple):
    """Landmarks, and how far to trust them.

    Attributes:
        points: (68, 2) in pixels of the image.
        spread: How far the answers from different starts lie apart, in shares of the face's side:
            under 0.02 for faces, over 0.025 where there is none.
    """

    points: Points
    spread: float


class Landmarker:
    """dlib's 68-point predictor, asked from several starts and upright."""

    def __init__(self) -> None:
        """Loads the trees of the package face_recognition_models."""
        self._predictor = ShapePredictor()

    def locate(self, image: Picture, face: Found) -> Shape:
        """The landmarks of a face.

        Args:
            image: (h, w, 3) RGB, or where it is made.
            face: Where it is about; a quarter turn is too much, an eighth is not.
        """
        answers = self._answers(image, face)
        seat = seat_of(answers.mean(axis=0))
        if not _close(face, seat):
            answers = self._answers(image, seat)
            seat = seat_of(answers.mean(axis=0))
        points = answers.mean(axis=0)
        spread = float(np.linalg.norm(answers - points, axis=2).mean()) / seat.side
        return Shape(points, spread)

    def _answers(self, image: Picture, face: Found) -> Points:
        """What the predictor says (n, 68, 2), once from each start."""
        window = window_of(image, face, _SIDE, _WINDOW, grey=True)
        answers = self._predictor.locate(window.picture, _CORNERS, _SIDE)
        return transform(answers, inverse(window.matrix))


@cache
def landmarker() -> Landmarker:
    """The one of this process: its trees are loaded when they are first needed."""
    return Landmarker()


def seat_of(points: Points, score: float = 0.0) -> Found:
    """The square a detector would put on a face with these landmarks, and the face's roll."""
    back = inverse(similarity(points[INNER], MEAN_FACE[INNER]))
    x, y = transform(_SEAT, back)
    scale = float(np.hypot(back[0, 0], back[1, 0]))
    roll = float(np.degrees(np.arctan2(back[1, 0], back[0, 0])))
    return Found(float(x), float(y), _REACH * scale, score, roll)


def _close(face: Found, seat: Found) -> bool:
    """Whether a start from `face` was near enough for the answers to be the best there are."""
    turn = abs((face.roll - seat.roll + 180) % 360 - 180)
    shift = float(np.hypot(face.x - seat.x, face.y - seat.y)) / seat.side
    return turn < _TURN and shift < _SHIFT and abs(face.side / seat.side - 1) < _GROWTH

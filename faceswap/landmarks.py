"""Landmarker: the 68 landmarks of a face somebody found."""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np

from faceswap.detectors import Found, Image
from faceswap.geometry import INNER, MEAN_FACE, Points, inverse, similarity, transform
from faceswap.window import window_of

#: Sides in pixels a face is brought to, for a first answer and for good: the predictor answers in
#: whole pixels.
_ROUGH, _FINE = 96, 256
#: Squares (shift across and down, in sides) the predictor starts from. Their mean shakes by 1.5 %
#: of the distance between the eyes from frame to frame, one alone in the frame's own pixels by
#: 2.7 %; nine more would take it to 1.3 %.
_STARTS = ((0.0, 0.0), (0.04, 0.0), (-0.04, 0.0), (0.0, 0.04), (0.0, -0.04))
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
    """dlib's 68-point predictor, asked several times and upright.

    Kazemi and Sullivan, "One millisecond face alignment with an ensemble of regression trees",
    2014. Each answer takes some 0.7 ms.
    """

    def __init__(self) -> None:
        """Loads the weights of the package face_recognition_models."""
        import dlib
        import face_recognition_models

        self._rectangle: Any = dlib.rectangle
        self._predictor: Any = dlib.shape_predictor(
            face_recognition_models.pose_predictor_model_location()
        )

    def locate(self, image: Image, face: Found) -> Shape:
        """The landmarks of a face.

        Args:
            image: (h, w, 3) RGB.
            face: Where it is about; a turn and a quarter of its side do not matter much.
        """
        rough = self._predict(image, face, _ROUGH, _STARTS[:1])[0]
        answers = self._predict(image, seat_of(rough), _FINE, _STARTS)
        points = answers.mean(axis=0)
        seat = seat_of(points)
        spread = float(np.linalg.norm(answers - points, axis=2).mean()) / seat.side
        return Shape(points, spread)

    def _predict(
        self, image: Image, face: Found, side: int, starts: tuple[tuple[float, float], ...]
    ) -> Points:
        """Answers (n, 68, 2) of the predictor, the face brought upright and to `side` pixels."""
        window = window_of(image, face, side, 2 * side)
        grey = cv2.cvtColor(window.picture, cv2.COLOR_RGB2GRAY)
        numbers = []
        for across, down in starts:
            left, top = round(side * (0.5 + across)), round(side * (0.5 + down))
            square = self._rectangle(left, top, left + side - 1, top + side - 1)
            for part in self._predictor(grey, square).parts():
                numbers += [part.x, part.y]
        answers = np.array(numbers, np.float64).reshape(len(starts), -1, 2)
        return transform(answers, inverse(window.matrix))


def seat_of(points: Points, score: float = 0.0) -> Found:
    """The square a detector would put on a face with these landmarks, and the face's roll."""
    back = inverse(similarity(points[INNER], MEAN_FACE[INNER]))
    x, y = transform(_SEAT, back)
    scale = float(np.hypot(back[0, 0], back[1, 0]))
    roll = float(np.degrees(np.arctan2(back[1, 0], back[0, 0])))
    return Found(float(x), float(y), _REACH * scale, score, roll)

"""Mmod: dlib's convolutional face detector."""

from __future__ import annotations

from typing import Any

import numpy as np

from faceswap.found import SLACK, Found, Image, each_once, resized

#: Side in pixels of the smallest face the network knows.
_SMALLEST = 80


class Mmod:
    """A small convolutional network over a pyramid, trained with the max-margin loss.

    King, "Max-margin object detection", 2015. Finds profiles and tilted heads that `Hog` misses;
    without a graphics card some 7 microseconds a pixel, a hundred times slower.
    """

    def __init__(self) -> None:
        """Loads the weights of the package face_recognition_models."""
        import dlib
        import face_recognition_models

        path = face_recognition_models.cnn_face_detector_model_location()
        self._detector: Any = dlib.cnn_face_detection_model_v1(path)

    def find(self, image: Image, at_least: float) -> list[Found]:
        """See `Detector.find`."""
        scale = _SMALLEST / at_least
        small = np.ascontiguousarray(resized(image, scale))
        faces = []
        for one in self._detector(small, 0):
            b = one.rect
            faces.append(
                Found.of_box(b.left(), b.top(), b.right(), b.bottom(), one.confidence, scale)
            )
        return each_once([face for face in faces if face.score >= -SLACK])

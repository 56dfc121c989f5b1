"""Describer: the 128 numbers that tell persons apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap.found import Image
from faceswap.geometry import Points

#: dlib's aligned face: 150 pixels, a quarter of the face's side left free around it.
_SIZE, _PADDING = 150, 0.25


class Describer:
    """dlib's face recognition network, a ResNet of 29 layers.

    King, "High quality face recognition with deep metric learning", 2017. Descriptors of one
    person lie within about 0.6 of each other. 30 to 100 ms a face without a graphics card.
    """

    def __init__(self) -> None:
        """Loads the weights of the package face_recognition_models."""
        import dlib
        import face_recognition_models

        self._dlib: Any = dlib
        self._network: Any = dlib.face_recognition_model_v1(
            face_recognition_models.face_recognition_model_location()
        )

    def describe(self, image: Image, points: Points) -> NDArray[np.float64]:
        """The descriptor (128,) of the face with these landmarks (68, 2) in an RGB image."""
        dlib = self._dlib
        left, top, part = _part(image, points)
        parts = [dlib.point(round(x), round(y)) for x, y in points - (left, top)]
        whole = dlib.rectangle(0, 0, part.shape[1] - 1, part.shape[0] - 1)
        shape = dlib.full_object_detection(whole, parts)
        chip = dlib.get_face_chip(part, shape, size=_SIZE, padding=_PADDING)
        return np.array(self._network.compute_face_descriptor(chip), np.float64)


def _part(image: Image, points: Points) -> tuple[float, float, Image]:
    """The face with room around it, so that dlib makes no pyramid of the whole frame."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = float((high - low).max())
    left, top = (max(0, int(v - room)) for v in low)
    right, bottom = (int(v + room) + 1 for v in high)
    part = image[top:bottom, left:right]
    if not part.size:
        part, left, top = image, 0, 0
    return left, top, np.ascontiguousarray(part)

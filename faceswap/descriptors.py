"""Describer: the 128 numbers that tell persons apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap.found import Image
from faceswap.geometry import Points

#: dlib's aligned face: 150 pixels, a quarter of the face's side left free around it.
_SIZE, _PADDING = 150, 0.25
#: Faces from which on Keras is worth its start: 4 seconds, in which dlib describes so many.
MANY = 48

#: Faces as dlib aligns them, (n, 150, 150, 3) RGB, and their descriptors (n, 128).
Chips = NDArray[np.uint8]
Descriptors = NDArray[np.float64]


class Describer:
    """dlib's face recognition network: descriptors of one person lie within about 0.6.

    King, "High quality face recognition with deep metric learning", 2017. A few faces are
    described by dlib, 100 ms each, many by Keras in batches, 5 ms each. The numbers agree to 1e-6.

    Args:
        faces: About how many there will be; decides how, and depends on the work alone.
    """

    def __init__(self, faces: int = 1) -> None:
        """Loads the weights of the package face_recognition_models."""
        self._describe = _by_keras() if faces >= MANY else _by_dlib()

    def describe(self, chips: Chips) -> Descriptors:
        """The descriptors (n, 128) of faces (n, 150, 150, 3), each made by `face_chip`."""
        return self._describe(chips)

    def describe_one(self, image: Image, points: Points) -> Descriptors:
        """The descriptor (128,) of the face with these landmarks (68, 2) in an RGB image."""
        return np.asarray(self.describe(face_chip(image, points)[None])[0])


def face_chip(image: Image, points: Points) -> Image:
    """The face with these landmarks (68, 2) as dlib aligns it: (150, 150, 3) RGB, half a ms."""
    import dlib

    left, top, part = _part(image, points)
    parts = [dlib.point(round(x), round(y)) for x, y in points - (left, top)]
    whole = dlib.rectangle(0, 0, part.shape[1] - 1, part.shape[0] - 1)
    shape = dlib.full_object_detection(whole, parts)
    return np.asarray(dlib.get_face_chip(part, shape, size=_SIZE, padding=_PADDING), np.uint8)


def stacked(chips: list[Image]) -> Chips:
    """Faces as one array, which may be empty."""
    return np.array(chips, np.uint8).reshape(-1, _SIZE, _SIZE, 3)


def _by_keras() -> Callable[[Chips], Descriptors]:
    from faceswap.face_resnet import FaceResnet

    return FaceResnet().describe


def _by_dlib() -> Callable[[Chips], Descriptors]:
    import dlib
    import face_recognition_models

    network: Any = dlib.face_recognition_model_v1(
        face_recognition_models.face_recognition_model_location()
    )

    def describe(chips: Chips) -> Descriptors:
        found = [network.compute_face_descriptor(np.ascontiguousarray(chip)) for chip in chips]
        return np.array(found, np.float64).reshape(-1, 128)

    return describe


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

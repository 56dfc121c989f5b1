"""Describer: the 128 numbers that tell persons apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap import clock
from faceswap.detection.found import Image
from faceswap.films.shown import Picture, whole
from faceswap.pictures.geometry import Points

#: dlib's aligned face: 150 pixels, a quarter of the face's side left free around it.
_SIZE, _PADDING = 150, 0.25
#: Faces from which on Keras is worth its start: 4 seconds, in which dlib describes so many.
MANY = 48

#: Faces as dlib aligns them, (n, 150, 150, 3) RGB, and their descriptors (n, 128).
Chips = NDArray[np.uint8]
Descriptors = NDArray[np.float64]


@dataclass(frozen=True)
class Describer:
    """dlib's face recognition network: descriptors of one person lie within about 0.6.

    King, "High quality face recognition with deep metric learning", 2017. A few faces are
    described by dlib, 100 ms each, many by Keras in batches, 5 ms each. The numbers agree to 1e-6.

    Args:
        faces: About how many there will be, which decides how.
    """

    faces: int = 1

    def describe(self, chips: Sequence[Image]) -> Descriptors:
        """The descriptors (n, 128) of faces made by `face_chip`."""
        if not len(chips):
            return np.zeros((0, 128))
        with clock.part("descriptor"):
            return (_by_keras if self.faces >= MANY else _by_dlib)()(np.asarray(chips))


def face_chip(image: Picture, points: Points) -> Image:
    """The face with these landmarks (68, 2) as dlib aligns it: (150, 150, 3) RGB, half a ms."""
    import dlib

    left, top, part = _part(image, points)
    parts = [dlib.point(round(x), round(y)) for x, y in points - (left, top)]
    whole = dlib.rectangle(0, 0, part.shape[1] - 1, part.shape[0] - 1)
    shape = dlib.full_object_detection(whole, parts)
    return np.asarray(dlib.get_face_chip(part, shape, size=_SIZE, padding=_PADDING), np.uint8)


# The weights are loaded when they are first needed, and once a process.
@cache
def _by_keras() -> Callable[[Chips], Descriptors]:
    from faceswap.detection.face_resnet import FaceResnet

    return FaceResnet().describe


@cache
def _by_dlib() -> Callable[[Chips], Descriptors]:
    import dlib
    import face_recognition_models

    network: Any = dlib.face_recognition_model_v1(
        face_recognition_models.face_recognition_model_location()
    )

    def describe(chips: Chips) -> Descriptors:
        found = [network.compute_face_descriptor(np.ascontiguousarray(chip)) for chip in chips]
        return np.array(found, np.float64)

    return describe


def _part(image: Picture, points: Points) -> tuple[float, float, Image]:
    """The face with room around it, so that dlib makes no pyramid of the whole frame."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = float((high - low).max())
    left, top = (max(0, int(v - room)) for v in low)
    right, bottom = (int(v + room) + 1 for v in high)
    part = image[top:bottom, left:right]
    if not part.size:
        part, left, top = whole(image), 0, 0
    return left, top, np.ascontiguousarray(part)

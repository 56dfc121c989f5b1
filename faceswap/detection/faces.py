"""Faces found in frames: what a line of faces.jsonl holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from faceswap.errors import Damaged
from faceswap.storage import limits
from faceswap.storage.journal import Journal

#: Points of a face, in the order of the iBUG 300-W mark-up.
LANDMARKS = 68
#: Numbers in a descriptor of dlib's face recognition network.
DESCRIPTOR = 128

Pixel = Annotated[float, Meta(ge=-limits.PIXEL, le=limits.PIXEL)]
Box = tuple[Pixel, Pixel, Pixel, Pixel]
Point = tuple[Pixel, Pixel]
Landmarks = Annotated[list[Point], Meta(min_length=LANDMARKS, max_length=LANDMARKS)]
Trait = Annotated[float, Meta(ge=-100, le=100)]
Descriptor = Annotated[list[Trait], Meta(min_length=DESCRIPTOR, max_length=DESCRIPTOR)]


class Face(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One face in one frame, in pixels of the upright frame.

    Attributes:
        box: Left, top, right, bottom of a square from the brows to the chin.
        score: How sure the detector was; 0 is where it says face or not, more is surer.
        landmarks: 68 points (x, y); pixel centres are at integers.
        roll: Degrees the head is tilted clockwise, as the frame is seen; -180 to 180.
        track: The same number for the same face in frames that follow each other; no two faces
            that were followed apart share it in the whole file.
        descriptor: 128 numbers, those of one person within about 0.6 of each other; None where
            it was not asked for.
    """

    box: Box
    score: Annotated[float, Meta(ge=-1e6, le=1e6)]
    landmarks: Landmarks
    roll: Annotated[float, Meta(ge=-360, le=360)] = 0.0
    track: Annotated[int, Meta(ge=0, le=2**53)] = 0
    descriptor: Descriptor | None = None


class FrameFaces(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The faces of one frame, the largest first; `frame` counts over all clips from 0."""

    frame: Annotated[int, Meta(ge=0, lt=limits.ROWS)]
    faces: Annotated[list[Face], Meta(max_length=limits.FACES)] = []


def make_face(
    box: Iterable[float],
    score: float,
    landmarks: NDArray[np.float64],
    roll: float = 0.0,
    track: int = 0,
    descriptor: NDArray[np.float64] | None = None,
) -> Face:
    """A `Face` of arrays, rounded to what is known of them: 0.01 of a pixel, 0.1 of a degree."""
    left, top, right, bottom = (round(float(v), 2) for v in box)
    points = [(round(float(x), 2), round(float(y), 2)) for x, y in landmarks]
    numbers = None if descriptor is None else _rounded(descriptor)
    turned = round(float(roll), 1)
    return Face((left, top, right, bottom), round(float(score), 3), points, turned, track, numbers)


def described(face: Face, descriptor: NDArray[np.float64]) -> Face:
    """The face with its descriptor."""
    return msgspec.structs.replace(face, descriptor=_rounded(descriptor))


def _rounded(descriptor: NDArray[np.float64]) -> list[float]:
    return [round(float(v), 5) for v in descriptor]


def landmarks_array(face: Face) -> NDArray[np.float64]:
    """The face's landmarks as (68, 2)."""
    return np.array(face.landmarks, np.float64)


def descriptor_array(face: Face) -> NDArray[np.float64] | None:
    """The face's descriptor as (128,), or None where it has none."""
    return None if face.descriptor is None else np.array(face.descriptor, np.float64)


def read_faces(path: Path) -> Iterator[FrameFaces]:
    """The frames of a faces.jsonl, one after the other; raises `Damaged` at a line that is none."""
    for number, line in enumerate(Journal(path, FrameFaces)):
        if line.frame != number:
            raise Damaged(f"{path}, line {number + 1}: frame {line.frame}: run detect again")
        yield line

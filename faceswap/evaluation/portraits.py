"""Portraits: faces sampled from one person's frames, each described and kept as a small picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from faceswap import pool
from faceswap.alignment.pose import Pose, pose
from faceswap.crew import Crew
from faceswap.detection.descriptors import Describer, face_chip
from faceswap.detection.detectors import held, open_detector
from faceswap.detection.found import Found, Image, overlap
from faceswap.detection.landmarks import landmarker, seat_of
from faceswap.evaluation.appearance import sharpness_at
from faceswap.evaluation.reel import Reel
from faceswap.pictures.geometry import Points, crop_matrix
from faceswap.pictures.sampling import sample
from faceswap.pictures.sheet import spread

#: Side of the kept picture in pixels.
SIDE = 160
#: Width of the kept picture, in squares of coverage `head`.
_MARGIN = 0.85
#: Smallest face looked for: this share of the frame's shorter side, and so many pixels.
_LEAST = 1 / 8, 20.0
#: On photos large faces are looked for first: small ones cost more.
_PHOTO_SIDES = (80.0, 30.0)
#: Frames a worker is given at once.
_CHUNK = 8


@dataclass(frozen=True)
class Portrait:
    """A face of a frame.

    Attributes:
        frame: The frame's number.
        numbers: (128,) descriptor.
        pose: Of its head.
        sharpness: Variance of the Laplacian inside the face at the width asked for.
        picture: (160, 160, 3) RGB, aligned.
    """

    frame: int
    numbers: NDArray[np.float64]
    pose: Pose
    sharpness: float
    picture: Image


@dataclass(frozen=True)
class Sitting:
    """Looks at the faces of single frames of a film; picklable.

    Args:
        reel: The film.
        places: Where the face that counts is, by frame; where none is given the largest counts.
        width: Of the inner face, in pixels, that sharpness is measured at.
        detector: `blaze`, `hog` or `cnn`.
    """

    reel: Reel
    places: Mapping[int, Found]
    width: float
    detector: str = "blaze"

    def __call__(self, frames: list[int]) -> list[tuple[Image, Portrait]]:
        """The portraits of these frames, without those that show no face.

        Each comes without its descriptor, and with what `Describer` wants to know.
        """
        found: list[tuple[Image, Portrait]] = []
        with self.reel.reader() as reader:
            for number in frames:
                for _, image in reader.frames(number, number + 1):
                    found += self._portraits(number, image)
        return found

    def _portraits(self, number: int, image: Image) -> list[tuple[Image, Portrait]]:
        least = max(_LEAST[1], _LEAST[0] * min(image.shape[:2]))
        faces = open_detector(self.detector).find(image, least)
        place = self.places.get(number)
        if place is not None:
            faces = [face for face in faces if overlap(face, place) >= 0.3]
        if not faces:
            return []
        points = landmarker().locate(image, max(faces, key=lambda f: f.side)).points
        sharp = sharpness_at(image, points, self.width)
        made = Portrait(number, np.zeros(0), pose(points), sharp, portrait(image, points))
        return [(face_chip(image, points), made)]


def portraits(
    reel: Reel,
    count: int,
    width: float,
    describer: Describer,
    places: Mapping[int, Found] | None = None,
    detector: str = "blaze",
    crew: Crew | None = None,
) -> Iterator[list[Portrait]]:
    """About `count` portraits spread over a film, in a few lists; see `Sitting`."""
    among = sorted(places) if places else list(range(len(reel)))
    chosen = [among[n] for n in spread(len(among), count)]
    chunks = [chosen[n : n + _CHUNK] for n in range(0, len(chosen), _CHUNK)]
    sitting = Sitting(reel, places or {}, width, detector)
    for found in pool.over(sitting, chunks, crew or Crew(), held(detector)):
        rows = describer.describe([chip for chip, _ in found])
        yield [replace(one, numbers=row) for (_, one), row in zip(found, rows, strict=True)]


def portrait(image: Image, points: Points, side: int = SIDE) -> Image:
    """The aligned face with some hair: (side, side, 3) RGB."""
    return sample(image, crop_matrix(points, side, "head", margin=_MARGIN), side)


def nearest(sitters: list[Portrait], points: Points) -> Portrait | None:
    """The portrait whose head is turned most like that of 68 landmarks."""
    wanted = np.array(pose(points)[:2])
    return min(sitters, key=lambda one: float(np.linalg.norm(wanted - one.pose[:2])), default=None)


def places_of(landmarks: Iterable[tuple[int, Points]]) -> dict[int, Found]:
    """Where one face of each frame is: the first, and from then on the one that is nearest to it.

    Args:
        landmarks: Frame numbers, rising, each with the landmarks (68, 2) of one of its faces.
    """
    found: dict[int, Found] = {}
    last: Found | None = None
    for frame, some in groupby(landmarks, key=itemgetter(0)):
        seats = [seat_of(points) for _, points in some]
        # Of equals the first is taken, so a face that is nowhere near begins anew with the first.
        last = max(seats, key=partial(overlap, last)) if last else seats[0]
        found[frame] = last
    return found


def largest_chip(image: Image, detector: str = "blaze") -> Image | None:
    """The largest face on a picture, as `Describer` wants it; None where it shows none."""
    for least in _PHOTO_SIDES:
        faces = open_detector(detector).find(image, least)
        if faces:
            points = landmarker().locate(image, max(faces, key=lambda f: f.side)).points
            return face_chip(image, points)
    return None

"""A film's faces, found and laid on the mean face: what a model of faces learns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from faceswap.data.labels import ORIGINS, Labels, measured, merged
from faceswap.detection.detectors import open_detector
from faceswap.detection.landmarks import landmarker, seat_of
from faceswap.pictures.geometry import MEAN_FACE, compose, crop_matrix, transform

#: Side in pixels of a face.
SIDE = 64
#: (68, 2) where the mean face's landmarks lie in it.
SEATS = transform(MEAN_FACE, crop_matrix(MEAN_FACE, SIDE, margin=1.0))


@dataclass(frozen=True)
class Speaker:
    """One person's faces, a frame each, in the order of the film.

    Attributes:
        frames: (n, h, w, 3) the pictures that they are from.
        matrices: From each to its face.
        labels: What is measured of each face.
    """

    frames: np.ndarray
    matrices: np.ndarray
    labels: Labels

    @classmethod
    def of(cls, film: Path) -> Speaker:
        """The faces of a film in which there is one in every frame."""
        with av.open(str(film)) as given:
            frames = np.stack([frame.to_ndarray(format="rgb24") for frame in given.decode(video=0)])
        seat, matrices, figures = open_detector("blaze").find(frames[0], 60)[0], [], []
        for frame in frames:
            points = landmarker().locate(frame, seat).points
            seat = seat_of(points)
            matrix = crop_matrix(points, SIDE, margin=1.0)
            matrices.append(matrix)
            figures.append(measured(transform(points, matrix), cut(frame, matrix)))
        origins = [dict.fromkeys(ORIGINS, "")] * len(frames)
        return cls(frames, np.stack(matrices), merged(origins, figures, {}))

    def faces(self, side: int = SIDE) -> np.ndarray:
        """(n, side, side, 3) from 0 to 1."""
        return _small([cut(frame, matrix) for frame, matrix in self._pairs()], side)

    def shaken(self, pixels: float, degrees: float, seed: int, side: int = SIDE) -> np.ndarray:
        """The same, each of `SIDE` pixels shifted and turned by as much as may be at most."""
        random, middle = np.random.default_rng(seed), (SIDE - 1) / 2
        shaken = []
        for frame, matrix in self._pairs():
            turn = cv2.getRotationMatrix2D((middle, middle), random.uniform(-degrees, degrees), 1)
            turn[:, 2] += random.uniform(-pixels, pixels, 2)
            shaken.append(cut(frame, compose(turn, matrix)))
        return _small(shaken, side)

    def _pairs(self):
        return zip(self.frames, self.matrices, strict=True)


def cut(frame: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The square of a frame that a matrix leads to."""
    return cv2.warpAffine(frame, matrix, (SIDE, SIDE), flags=cv2.INTER_AREA)


def _small(cuts: list[np.ndarray], side: int) -> np.ndarray:
    """Cuts as faces (n, side, side, 3) from 0 to 1."""
    small = [cv2.resize(one, (side, side), interpolation=cv2.INTER_AREA) for one in cuts]
    return np.asarray(small, np.float32) / 255


def looked_at(face: np.ndarray) -> dict[str, float]:
    """What is measured of an aligned face (s, s, 3) from 0 to 1, its landmarks found anew."""
    large = _enlarged(face)
    return measured(_located(large), large)


def points_of(face: np.ndarray) -> np.ndarray:
    """(68, 2) landmarks found anew in an aligned face (s, s, 3) from 0 to 1, in its sides."""
    return _located(_enlarged(face)) / 256


def _enlarged(face: np.ndarray) -> np.ndarray:
    return cv2.resize(np.round(face.clip(0, 1) * 255).astype(np.uint8), (256, 256))


def _located(large: np.ndarray) -> np.ndarray:
    seat = seat_of(transform(MEAN_FACE, crop_matrix(MEAN_FACE, 256, margin=1.0)))
    return landmarker().locate(large, seat).points

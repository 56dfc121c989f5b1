"""A square seen through a matrix, without aliasing where it shrinks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.films.shown import Picture
from faceswap.pictures.geometry import Matrix, compose, inverse, scale_of, transform

Image = NDArray[np.uint8]

#: Pixels around the square that the cubic kernel reads, and that halving keeps whole.
_ROOM = 8


def sample(image: Picture, matrix: Matrix, size: int) -> Image:
    """The square that `matrix` lays out of the image.

    Where the picture shrinks to less than half it is first halved by area, as often as needed: a
    cubic kernel alone would step over pixels.

    Args:
        image: (h, w, 3) uint8.
        matrix: (2, 3) from the image to the square; one without shear.
        size: Side of the square in pixels.

    Returns:
        (size, size, 3) uint8; beyond the image its edge goes on.
    """
    part, matrix = _region(image, matrix, size)
    while scale_of(matrix) < 0.5 and min(part.shape[:2]) > 1:
        half = (max(1, part.shape[1] // 2), max(1, part.shape[0] // 2))
        sx, sy = part.shape[1] / half[0], part.shape[0] / half[1]
        part = np.asarray(cv2.resize(part, half, interpolation=cv2.INTER_AREA), np.uint8)
        # Pixel centres are at integers, so corners lie at -0.5.
        grown = np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2]])
        matrix = compose(matrix, grown)
    seen = cv2.warpAffine(
        part, matrix, (size, size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(seen, np.uint8)


def _region(image: Picture, matrix: Matrix, size: int) -> tuple[Image, Matrix]:
    """The part of the image that the square shows, and the matrix from there."""
    corners = [[0, 0], [size - 1, 0], [0, size - 1], [size - 1, size - 1]]
    seen = transform(corners, inverse(matrix))
    room = _ROOM / scale_of(matrix)
    limits = np.array([image.shape[1] - 1, image.shape[0] - 1])
    left, top = np.clip(np.floor(seen.min(axis=0) - room), 0, limits).astype(int).tolist()
    right, bottom = np.clip(np.ceil(seen.max(axis=0) + room), 0, limits).astype(int).tolist()
    part = image[top : bottom + 1, left : right + 1]
    return part, compose(matrix, np.array([[1.0, 0, left], [0, 1, top]]))

"""Window: a part of a picture brought upright and to one size, and the way back."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from faceswap.detection.found import Found, Image
from faceswap.films.shown import Picture, whole
from faceswap.pictures.geometry import Matrix, inverse, transform


class Window(NamedTuple):
    """A picture, and the matrix (2, 3) that leads from the frame to it."""

    picture: Image
    matrix: Matrix

    def back(self, face: Found) -> Found:
        """A face found in the picture, as it lies in the frame."""
        back = inverse(self.matrix)
        x, y = transform((face.x, face.y), back)
        roll = face.roll + float(np.degrees(np.arctan2(back[1, 0], back[0, 0])))
        scale = float(np.hypot(back[0, 0], back[1, 0]))
        return Found(float(x), float(y), face.side * scale, face.score, (roll + 180) % 360 - 180)


def window_of(image: Picture, face: Found, side: int, size: int, *, grey: bool = False) -> Window:
    """The face upright and `side` pixels wide, in the middle of a square of `size` pixels.

    What lies outside of the image is filled with its edge. With `grey`, it is light alone, (size,
    size).
    """
    matrix = np.asarray(
        cv2.getRotationMatrix2D((face.x, face.y), face.roll, side / face.side), np.float64
    )
    matrix[:, 2] += (size - 1) / 2 - np.array([face.x, face.y])
    part, onto = _shrunk(image, face, side, size)
    if grey:
        part = np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), np.uint8)
    picture = cv2.warpAffine(
        part, _after(matrix, onto), (size, size), borderMode=cv2.BORDER_REPLICATE
    )
    return Window(np.asarray(picture, np.uint8), matrix)


def turned(image: Image, degrees: float) -> Window:
    """The whole image turned counterclockwise, as large as it takes; black around it."""
    height, width = image.shape[:2]
    matrix = np.asarray(cv2.getRotationMatrix2D((0, 0), degrees, 1.0), np.float64)
    corners = transform([(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)], matrix)
    low, high = corners.min(axis=0), corners.max(axis=0)
    matrix[:, 2] -= low
    across, down = (round(v) + 1 for v in (high - low))
    return Window(np.asarray(cv2.warpAffine(image, matrix, (across, down)), np.uint8), matrix)


def _shrunk(
    image: Picture, face: Found, side: int, size: int
) -> tuple[Image, tuple[int, int, int]]:
    """The part that is needed, averaged over squares of pixels; its left, top, and their side.

    A warp samples single pixels: without this, a face of 1000 pixels comes out as noise.
    """
    step = max(int(face.side / side / 1.5), 1)
    reach = 0.75 * size * face.side / side
    left, top = (max(0, int(v - reach)) for v in (face.x, face.y))
    right, bottom = (max(0, int(v + reach)) for v in (face.x, face.y))
    down, across = image.shape[:2]
    if top >= min(bottom, down) or left >= min(right, across):
        return whole(image), (0, 0, 1)
    part = image[top:bottom, left:right]
    height, width = part.shape[0] // step, part.shape[1] // step
    if min(height, width) < 1:
        return whole(image), (0, 0, 1)
    if step == 1:
        return part, (left, top, 1)
    part = part[: height * step, : width * step]
    small = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), (left, top, step)


def _after(matrix: Matrix, onto: tuple[int, int, int]) -> Matrix:
    """The matrix for a picture cut at left, top and shrunk by a whole number."""
    left, top, step = onto
    changed = matrix.copy()
    changed[:, :2] *= step
    changed[:, 2] += matrix[:, :2] @ (np.array([left, top]) + (step - 1) / 2)
    return changed

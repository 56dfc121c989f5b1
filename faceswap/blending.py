"""A new face put back into its frame: only the face's own region is ever computed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.geometry import Matrix, compose, inverse, transform
from faceswap.paste import Patch

Plane = NDArray[np.float32]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Blend:
    """How a new face is put into the old one's place.

    Attributes:
        how: `feather`.
        detail: How far the new face's blur is brought to the old one's, 0 to 1.
        grain: How much of the old face's noise the new one gets, 0 to 1.
    """

    how: str = "feather"
    detail: float = 0.0
    grain: float = 0.0

    def patch(
        self, frame: NDArray[np.uint8], face: Plane, alpha: Plane, matrix: Matrix
    ) -> Patch | None:
        """The changed region of a frame, or None where the face lies outside of it.

        Args:
            frame: (h, w, 3) RGB in display orientation.
            face: (s, s, 3) RGB in [0, 1], its colours brought to the old face's.
            alpha: (a, a) opacity in [0, 1] over the same square, of any side.
            matrix: Frame to the square of side s.
        """
        onto = _resized(matrix, face.shape[0], alpha.shape[0])
        box = _box(alpha, onto, frame.shape[:2])
        if box is None:
            return None
        left, top, right, bottom = box
        opacity = _bring(alpha, onto, box, cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
        new = _bring(face, matrix, box, cv2.INTER_CUBIC, cv2.BORDER_REPLICATE).clip(0, 1)
        old = frame[top:bottom, left:right].astype(np.float32) / np.float32(255)
        mixed = old + (new - old) * opacity[..., None]
        rgb = np.round(mixed * 255).astype(np.uint8)
        return Patch(left, top, rgb, (opacity > 0).astype(np.uint8) * 255)


def _resized(matrix: Matrix, side: int, other: int) -> Matrix:
    """The matrix onto the same square with another number of pixels a side."""
    # Pixel centres are at integers, so the square's edge lies at -0.5.
    scale = other / side
    return compose(np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2]]), matrix)


def _box(alpha: Plane, onto: Matrix, shape: tuple[int, ...]) -> Box | None:
    """Left, top, right, bottom of the part of the frame that alpha reaches."""
    x, y, width, height = cv2.boundingRect((alpha > 0).astype(np.uint8))
    if not width:
        return None
    corners = [(u, v) for u in (x - 1, x + width) for v in (y - 1, y + height)]
    square = transform(corners, inverse(onto))
    low = np.maximum(square.min(axis=0), 0)
    high = np.minimum(square.max(axis=0) + 1, [shape[1], shape[0]])
    left, top = np.floor(low).astype(int).tolist()
    right, bottom = np.ceil(high).astype(int).tolist()
    return (left, top, right, bottom) if right - left > 2 and bottom - top > 2 else None


def _bring(image: Plane, onto: Matrix, box: Box, kernel: int, border: int) -> Plane:
    """The image as it lies in a box of the frame; `onto` maps frame to image."""
    left, top, right, bottom = box
    moved = compose(onto, np.array([[1.0, 0, left], [0, 1, top]]))
    size = (right - left, bottom - top)
    flags = kernel | cv2.WARP_INVERSE_MAP
    seen: Plane = cv2.warpAffine(image, moved, size, flags=flags, borderMode=border)
    return seen

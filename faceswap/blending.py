"""A new face put back into its frame: only the face's own region is ever computed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from faceswap import color, masks
from faceswap.geometry import Matrix, inverse, transform
from faceswap.paste import Patch


@dataclass(frozen=True)
class Blend:
    """How a new face is put into the old one's place.

    Attributes:
        erode: The edge moves inwards by this part of the face's width, the root of its area.
        feather: Width of the soft edge, in the same unit.
        color: `lab` for the old face's colours, `none` for the network's own.
    """

    erode: float = 0.02
    feather: float = 0.15
    color: str = "lab"

    def patch(
        self,
        frame: NDArray[np.uint8],
        face: NDArray[np.uint8],
        opacity: NDArray[np.uint8],
        matrix: Matrix,
        landmarks: ArrayLike,
    ) -> Patch | None:
        """The changed region of a frame, or None where the face lies outside of it.

        Args:
            frame: (h, w, 3) RGB.
            face: (s, s, 3) RGB, the new face.
            opacity: (s, s), 255 where the model is sure of the new face.
            matrix: Frame to `face`.
            landmarks: (68, 2) of the old face, in frame pixels.
        """
        size = face.shape[0]
        square = transform(
            [[0, 0], [size - 1, 0], [size - 1, size - 1], [0, size - 1]], inverse(matrix)
        )
        hull = masks.hull(landmarks)
        box = _box(square, hull, frame.shape[:2])
        if box is None:
            return None
        left, top, right, bottom = box
        shape, corner = (bottom - top, right - left), np.array([left, top], np.float32)
        alpha = self._alpha(square - corner, hull - corner, shape)
        moved = matrix @ np.array([[1, 0, left], [0, 1, top], [0, 0, 1]])
        alpha = alpha * (_bring(opacity, moved, shape) / np.float32(255))
        old = frame[top:bottom, left:right].astype(np.float32) / np.float32(255)
        new = np.clip(_bring(face, moved, shape) / np.float32(255), 0, 1)
        if self.color == "lab":
            new = color.transfer(new, old, alpha)
        mixed = old + (new - old) * alpha[..., None]
        rgb = np.round(mixed * 255).astype(np.uint8)
        return Patch(left, top, rgb, (alpha > 0).astype(np.uint8) * 255)

    def _alpha(
        self, square: NDArray[np.float64], hull: NDArray[np.float32], shape: tuple[int, int]
    ) -> NDArray[np.float32]:
        width = float(np.sqrt(cv2.contourArea(hull)))
        inside = masks.fill(hull, shape) & masks.fill(square, shape)
        return masks.soften(inside, self.erode * width, self.feather * width)


def _box(
    square: NDArray[np.float64], hull: NDArray[np.float32], shape: tuple[int, ...]
) -> tuple[int, int, int, int] | None:
    """The part of the frame where hull and square overlap, a pixel of edge around it."""
    low = np.maximum(np.maximum(square.min(axis=0), hull.min(axis=0)) - 1, 0)
    high = np.minimum(np.minimum(square.max(axis=0), hull.max(axis=0)) + 2, [shape[1], shape[0]])
    left, top = np.floor(low).astype(int).tolist()
    right, bottom = np.ceil(high).astype(int).tolist()
    return (left, top, right, bottom) if right - left > 2 and bottom - top > 2 else None


def _bring(image: NDArray[np.uint8], matrix: Matrix, shape: tuple[int, int]) -> NDArray[np.float32]:
    """The (s, s) image seen from a region of `shape`, by the matrix from region to image."""
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    size = (shape[1], shape[0])
    seen: NDArray[np.float32] = cv2.warpAffine(
        image.astype(np.float32), matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return seen

"""Changes: what is done to each crop of a batch, and the pictures that come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.pictures.geometry import MARGIN

Floats = NDArray[np.float32]
Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Changes:
    """What happens to each of n crops, in coordinates where the network's square is -1 to 1.

    Attributes:
        grids: (n, 2, g, g) x and y in the crop of each grid point of the network's input.
        matrices: (n, 2, 3) from the network's target picture into the crop.
        tables: (n, 256, 3) uint8 new value of each channel's old value, or None for no change.
    """

    grids: Floats
    matrices: Floats
    tables: NDArray[np.uint8] | None

    def tinted(self, faces: Sequence[Image]) -> list[Image]:
        """The crops in their new light and tint."""
        if self.tables is None:
            return list(faces)
        tables = self.tables[:, None]
        return [np.asarray(cv2.LUT(f, t), np.uint8) for f, t in zip(faces, tables, strict=True)]

    def inputs(self, faces: Sequence[Image], size: int) -> Image:
        """What the network is given of the crops: (n, size, size, 3)."""
        spread = spread_matrix(size, self.grids.shape[-1])
        maps = spread @ _grid_pixels(self.grids, faces[0].shape[0]) @ spread.T
        warped = [
            cv2.remap(f, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for f, (x, y) in zip(faces, maps, strict=True)
        ]
        return np.asarray(warped, np.uint8)

    def targets(self, pictures: Sequence[Image], size: int) -> Image:
        """What it is to make of crops, or their masks: (n, size, size) and channels."""
        matrices = self.to_pixels(size, pictures[0].shape[0])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        edge = cv2.BORDER_REPLICATE
        seen = [
            cv2.warpAffine(picture, matrix, (size, size), flags=flags, borderMode=edge)
            for picture, matrix in zip(pictures, matrices, strict=True)
        ]
        return np.asarray(seen, np.uint8)

    def to_pixels(self, size: int, side: int) -> Floats:
        """(n, 2, 3) from pixels of a target of `size` to those of its crop of `side`."""
        # Network pixel -> unit square -> (the matrix) -> crop pixel.
        into = np.array([[2 / size, 0, 1 / size - 1], [0, 2 / size, 1 / size - 1], [0, 0, 1]])
        inside = self.matrices @ into * (side / (2 * MARGIN))
        inside[:, :, 2] += (side - 1) / 2
        return np.asarray(inside, np.float32)


def reduced(picture: Image, size: int) -> Image:
    """A crop, halved as often as it stays at least twice as fine as squares of `size` pixels.

    By area: sampling a far larger crop would alias.
    """
    side = picture.shape[0]
    while side / MARGIN >= 2 * size and side % 2 == 0:
        side //= 2
    if side == picture.shape[0]:
        return np.ascontiguousarray(picture)
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA))


def in_square(points: Floats, side: int) -> NDArray[np.float64]:
    """Points in pixels of a crop of `side`, where the network's square is -1 to 1."""
    return (np.asarray(points, np.float64) - (side - 1) / 2) / (side / (2 * MARGIN))


def spread_matrix(size: int, points: int) -> Floats:
    """(size, points) weights that lay a grid out to `size` pixels, linearly between its points."""
    place = ((np.arange(size) + 0.5) / size) * (points - 1)
    weights = np.maximum(0, 1 - np.abs(place[:, None] - np.arange(points)))
    return np.asarray(weights, np.float32)


def _grid_pixels(grids: Floats, side: int) -> Floats:
    return (side - 1) / 2 + grids * np.float32(side / (2 * MARGIN))

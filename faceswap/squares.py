"""From crops to the squares that networks see: reduced, turned, moved, sampled once."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.geometry import MARGIN


def reduced(picture: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """A crop, by half and half again while it is twice as fine as squares of `size` or finer.

    By area: sampling a far larger crop would alias.
    """
    side = picture.shape[0]
    while side / MARGIN >= 2 * size and side % 2 == 0:
        side //= 2
    if side == picture.shape[0]:
        return np.ascontiguousarray(picture)
    return np.asarray(cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA))


def to_pixels(matrices: NDArray[np.float32], size: int, side: int) -> NDArray[np.float32]:
    """Matrices from a network's pixels to a crop's, of those of `Changes`: (n, 2, 3) both."""
    # Network pixel -> unit square -> (the matrix) -> crop pixel.
    into = np.array([[2 / size, 0, 1 / size - 1], [0, 2 / size, 1 / size - 1], [0, 0, 1]])
    inside = matrices @ into * (side / (2 * MARGIN))
    inside[:, :, 2] += (side - 1) / 2
    return np.asarray(inside, np.float32)


def sampled(picture: NDArray[np.uint8], matrix: NDArray[np.float32], size: int) -> Any:
    """The square of `size` pixels that a matrix leads from into a crop."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        picture, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )

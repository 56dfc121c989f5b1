"""Pixels that are no squares: shown as squares, stored as they were."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Size = tuple[int, int]

#: No film's pixels are longer than this; what says so was written by mistake or malice.
LONGEST = 4


def square_size(stored: Size, aspect: Fraction) -> Size:
    """Width and height that a stored picture has when its pixels are made squares.

    The shorter side of the pixels is stretched, so no detail is lost.

    Args:
        stored: Width and height in stored pixels.
        aspect: Width of a stored pixel by its height; 0, or beyond `LONGEST`, is taken for 1.

    Example:
        >>> square_size((720, 576), Fraction(16, 15))
        (768, 576)
    """
    width, height = stored
    if not Fraction(1, LONGEST) <= aspect <= LONGEST:
        return stored
    if aspect >= 1:
        return max(round(width * aspect), width), height
    return width, max(round(height / aspect), height)


def squeezed(
    rgb: Image, mask: Image, corner: Size, square: Size, stored: Size
) -> tuple[Image, Image, Size]:
    """A part of a picture of square pixels, in the pixels it is stored in.

    Args:
        rgb: (h, w, 3) uint8.
        mask: (h, w) uint8.
        corner: Left and top of the part in the whole picture.
        square: Width and height of the whole picture in square pixels.
        stored: The same in stored pixels.

    Returns:
        The part's pixels and mask on the stored grid, and its left and top there.
    """
    if square == stored:
        return rgb, mask, corner
    scale = np.array(stored) / np.array(square)
    begin = np.floor(np.array(corner) * scale).astype(int)
    end = np.ceil((np.array(corner) + mask.shape[1::-1]) * scale).astype(int)
    width, height = (np.minimum(end, stored) - begin).tolist()
    # Pixel centres are at integers: a stored x is seen at (x + 1/2) / scale - 1/2.
    move = (begin + 0.5) / scale - 0.5 - corner
    matrix = np.column_stack([np.diag(1 / scale), move])
    how = cv2.WARP_INVERSE_MAP
    small = cv2.warpAffine(
        rgb, matrix, (width, height), flags=how | cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    hard = cv2.warpAffine(mask, matrix, (width, height), flags=how | cv2.INTER_NEAREST)
    return np.asarray(small, np.uint8), np.asarray(hard, np.uint8), (int(begin[0]), int(begin[1]))

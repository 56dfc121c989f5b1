"""Many small pictures on one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


def sheet(images: Sequence[Image], columns: int = 0, side: int = 128) -> Image:
    """A contact sheet: square pictures in rows, from left to right.

    Args:
        images: (h, w, 3) uint8 each; made `side` pixels square.
        columns: Pictures a row; 0 makes the sheet about square.
        side: In pixels.

    Returns:
        (rows * side, columns * side, 3) uint8; black where pictures ran out.
    """
    columns = columns or max(1, math.ceil(math.sqrt(len(images))))
    rows = max(1, math.ceil(len(images) / columns))
    page = np.zeros((rows * side, columns * side, 3), np.uint8)
    for number, image in enumerate(images):
        y, x = divmod(number, columns)
        small = cv2.resize(image, (side, side), interpolation=_quality(image, side))
        page[y * side : (y + 1) * side, x * side : (x + 1) * side] = small
    return page


def spread(count: int, most: int) -> list[int]:
    """At most `most` of the numbers below `count`, evenly apart."""
    return sorted({round(i) for i in np.linspace(0, count - 1, min(count, most))}) if count else []


def _quality(image: Image, side: int) -> int:
    return int(cv2.INTER_AREA if image.shape[0] > side else cv2.INTER_CUBIC)

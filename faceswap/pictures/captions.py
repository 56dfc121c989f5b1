"""Words on small pictures, for contact sheets."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

#: Height in pixels of a line of text, and its size in OpenCV's measure.
LINE, SCALE = 13, 0.38


def captioned(picture: Image, lines: Sequence[str], side: int = 128) -> Image:
    """The picture, `side` pixels square, with lines of text on a dark band at its foot.

    Args:
        picture: (h, w, 3) uint8 RGB.
        lines: Short ones: about 20 letters go onto 128 pixels. Letters beyond ASCII become `?`.
        side: In pixels.
    """
    page: Image = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)
    if not lines:
        return page
    top = max(0, side - LINE * len(lines) - 4)
    page[top:] = page[top:] // 4
    for number, line in enumerate(lines):
        plain = line.encode("ascii", "replace").decode()
        at = (3, top + LINE * (number + 1) - 2)
        white = (255, 255, 255)
        cv2.putText(page, plain, at, cv2.FONT_HERSHEY_SIMPLEX, SCALE, white, 1, cv2.LINE_AA)
    return page


def card(lines: Sequence[str], side: int = 128) -> Image:
    """A dark square with lines of text."""
    return captioned(np.full((side, side, 3), 24, np.uint8), lines, side)

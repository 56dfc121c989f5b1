"""A sheet of training examples: what the network is given, above what it is to make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from faceswap.data.dataset import SIDES, WarpedPairs
from faceswap.pictures.levels import levels
from faceswap.pictures.sheet import sheet

Image = NDArray[np.uint8]

#: Pairs in a row, and rows of pairs.
COLUMNS, ROWS = 10, 4


def examples(pairs: WarpedPairs, sides: Sequence[str] = SIDES) -> Image:
    """Examples of a batch as large as the sheet, those of the sides below each other."""
    inputs, targets, _ = replace(pairs, batch=COLUMNS * ROWS // len(sides))(0)
    rows = []
    for side in sides:
        given, asked = (
            part[side][..., :3].reshape(-1, COLUMNS, pairs.size, pairs.size, 3)
            for part in (inputs, targets)
        )
        rows += [levels(row) for both in zip(given, asked, strict=True) for row in both]
    return sheet([picture for row in rows for picture in row], COLUMNS)

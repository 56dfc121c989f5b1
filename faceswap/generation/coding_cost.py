"""What faces cost in bits where each pixel is known by its place alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.int32]


def histogram_bits(learnt: Grey, held: Grey, levels: int) -> float:
    """What a pixel of held-out faces costs in bits by the shares of levels at its place.

    The least that a model of how likely a face is has to beat. Every level was seen once at every
    place before the learnt faces were counted: none is impossible.

    Args:
        learnt: (m, s, s) levels from 0.
        held: (n, s, s).
        levels: How many there are.

    Example:
        >>> black = np.zeros((2, 1, 1), np.int32)
        >>> histogram_bits(black, black, 2) == -np.log2(3 / 4)
        True
    """
    counts = np.stack([1 + (learnt == level).sum(axis=0) for level in range(levels)])
    chances = np.take_along_axis(counts, held, axis=0) / (len(learnt) + levels)
    return float(-np.log2(chances).mean())

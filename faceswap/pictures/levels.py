"""Pictures of 256 levels as shares of white, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def shares(levels: NDArray[Any]) -> NDArray[np.float32]:
    """Levels from 0 to 255 as float32 from 0 to 1."""
    picture: NDArray[np.float32] = levels.astype(np.float32) / np.float32(255)
    return picture


def levels(shares: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Values from 0 to 1, those outside cut off, as uint8 levels."""
    return np.round(shares.clip(0, 1) * 255).astype(np.uint8)

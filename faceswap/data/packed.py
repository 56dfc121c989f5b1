"""PackedFaces: one side's crops as arrays that lie on the disk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap.errors import Damaged, NoFaces
from faceswap.storage.rows import Rows


@dataclass(frozen=True)
class PackedFaces:
    """One side's crops as the stage `warp` packs them, read where they lie on the disk."""

    folder: Path

    @cached_property
    def faces(self) -> NDArray[np.uint8]:
        """(n, s, s, 3) uint8 RGB crops with their margin."""
        faces = _read(self.folder / "faces.npy")
        if faces.ndim != 4 or faces.shape[1] != faces.shape[2] or faces.shape[3] != 3:
            raise Damaged(f"{self.folder}: expected (n, s, s, 3) crops, found {faces.shape}")
        if not len(faces):
            raise NoFaces(f"{self.folder} holds no faces: look at what detect and align kept")
        return faces

    @cached_property
    def landmarks(self) -> NDArray[np.float32]:
        """(n, 68, 2) float32 points in the crops."""
        landmarks = _read(self.folder / "landmarks.npy", np.float32)
        if landmarks.shape != (len(self.faces), 68, 2):
            raise Damaged(f"{self.folder}: landmarks {landmarks.shape} for {len(self.faces)} crops")
        return landmarks

    @cached_property
    def masks(self) -> NDArray[np.uint8]:
        """(n, s, s) uint8, 255 on the face."""
        masks = _read(self.folder / "masks.npy")
        if masks.shape != self.faces.shape[:3]:
            raise Damaged(f"{self.folder}: masks {masks.shape} for crops {self.faces.shape}")
        return masks


def _read(path: Path, kind: type[Any] = np.uint8) -> NDArray[Any]:
    rows = Rows(path)
    if rows.dtype != kind:
        raise Damaged(f"{path}: expected {kind.__name__}, found {rows.dtype}: run warp again")
    return rows.mapped()

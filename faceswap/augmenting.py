"""Augmenting: the options that say how the examples of a training are changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from faceswap.augment import Augment
from faceswap.options import option


@dataclass(frozen=True)
class Augmenting:
    """Options of a stage that trains a model."""

    warp: float = option(
        1.0, "Strength of the warp that is to be undone; 1 is classic.", low=0, high=3
    )
    rotation: float = option(
        -1.0, "Largest random turn in degrees; below 0: the model's own.", low=-1, high=45
    )
    zoom: float = option(
        -1.0,
        "Largest random change of size, as a part of 1; below 0: the model's own.",
        low=-1,
        high=0.5,
    )
    shift: float = option(
        -1.0,
        "Largest random move, in widths of the face; below 0: the model's own.",
        low=-1,
        high=0.5,
    )
    flip: bool = option(True, "Show half of the faces mirrored.")
    tint: float = option(0.1, "Largest random change of light and tint; 0 for none.", low=0, high=1)

    def augment(self, own: Augment) -> Augment:
        """How examples are changed, where a model's own way is `own`."""
        asked = {"rotation": self.rotation, "zoom": self.zoom, "shift": self.shift}
        how: dict[str, Any] = {name: value for name, value in asked.items() if value >= 0}
        return replace(own, warp=self.warp, flip=self.flip, color=self.tint, **how)

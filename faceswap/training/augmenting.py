"""Augmenting: the options that say how the examples of a training are changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from faceswap.data.augment import Augment
from faceswap.data.degrade import Degrade
from faceswap.data.lots import SAMPLINGS
from faceswap.data.relight import Relight
from faceswap.data.warps import KINDS
from faceswap.options import option


@dataclass(frozen=True)
class Augmenting:
    """Options of a stage that trains a model."""

    warp: float = option(
        1.0, "Strength of the warp that is to be undone; 1 is usual.", low=0, high=3
    )
    warp_kind: str = option(
        "classic",
        "The warp: a jittered grid, SAEHD's grids of several sizes, or toward the landmarks of "
        "the other person.",
        choices=KINDS,
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
    recolor: float = option(
        -1.0,
        "Share of the faces given the colours of another, chosen at random; below 0: the model's "
        "own, mostly none.",
        low=-1,
        high=1,
    )
    shadow: float = option(0.0, "Share of the faces with a part in shadow.", low=0, high=1)
    occluders: float = option(
        0.0,
        "Share of the inputs with something before the face that is not to be drawn.",
        low=0,
        high=1,
    )
    blur: float = option(
        0.0, "Share of the inputs that are blurred, half of them by motion.", low=0, high=1
    )
    noise: float = option(
        0.0, "Largest deviation of noise on the inputs, as a part of white.", low=0, high=0.5
    )
    jpeg: float = option(0.0, "Share of the inputs that are compressed as JPEG.", low=0, high=1)
    sampling: str = option(
        "expressions",
        "Which faces come more often: rare expressions, rare poses, or all alike.",
        choices=SAMPLINGS,
    )

    def augment(self, own: Augment) -> Augment:
        """How examples are changed, where a model's own way is `own`."""
        asked = {"rotation": self.rotation, "zoom": self.zoom, "shift": self.shift}
        how: dict[str, Any] = {name: value for name, value in asked.items() if value >= 0}
        recolor = self.recolor if self.recolor >= 0 else own.relight.recolor
        return replace(
            own,
            warp=self.warp,
            kind=self.warp_kind,
            flip=self.flip,
            color=self.tint,
            relight=Relight(recolor, self.shadow),
            degrade=Degrade(self.occluders, self.blur, self.noise, self.jpeg),
            **how,
        )

"""Measuring: the options that say what a training is measured by, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass

from faceswap.data.held_out import Split, split
from faceswap.data.packed import PackedFaces
from faceswap.options import option


@dataclass(frozen=True)
class Measuring:
    """Options of a stage that trains a model."""

    held_out: float = option(
        0.1,
        "Share of a side's faces to measure by and not to learn; none of fewer than 40 faces.",
        low=0,
        high=0.5,
    )
    keep: str = option(
        "last",
        "Which weights become the model: the newest, or those that score best.",
        choices=("last", "best"),
    )
    measure_every: int = option(
        500,
        "Steps between measurements where `keep` is best; else there is one a preview.",
        low=1,
        affects="effort",
    )
    checkpoint_every: float = option(2.0, "Minutes between checkpoints.", low=0, affects="nothing")
    preview_every: float = option(1.0, "Minutes between preview sheets.", low=0, affects="nothing")

    def split(self, packed: PackedFaces) -> Split:
        """Which faces of a side are learnt, and which are measured."""
        return split(len(packed.faces), self.held_out)

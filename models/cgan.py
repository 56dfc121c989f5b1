"""Conditional GAN: faces of a class that one chooses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.generation.labelled_model import LabelledModel


@dataclass(frozen=True)
class Cgan(LabelledModel):
    """DCGAN with the label beside the noise and beside the picture (Mirza and Osindero 2014).

    The critic is also shown real faces with others' labels, which it is to tell from right ones
    (Reed et al. 2016).
    """

    rate: ClassVar[float] = 2e-4
    bounded: ClassVar[bool] = False
    rules: ClassVar[dict[str, Any]] = {"game": "non_saturating", "mismatched": True}

    def generator(self) -> Any:
        """As in DCGAN, of noise and label."""
        from faceswap.networks.plain_convnets import generator

        return generator(self.size, self.latent, self.width, self.count)

    def critic(self) -> Any:
        """As in DCGAN, with the label as a fourth channel."""
        from faceswap.networks.plain_convnets import critic

        return critic(self.size, self.width, "batch", self.count)

"""DCGAN: faces from noise, by convolutions and batch normalisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.generation.adversarial_model import AdversarialModel


@dataclass(frozen=True)
class Dcgan(AdversarialModel):
    """A generator and a critic of strided convolutions (Radford et al. 2016).

    Batch normalisation is in all layers but the generator's last and the critic's first and last.
    """

    rate: ClassVar[float] = 2e-4
    bounded: ClassVar[bool] = False
    rules: ClassVar[dict[str, Any]] = {"game": "non_saturating"}

    def generator(self) -> Any:
        """Noise to 4 by 4, doubled up to the size."""
        from faceswap.networks.plain_convnets import generator

        return generator(self.size, self.latent, self.width)

    def critic(self) -> Any:
        """Halved down to 4 by 4, then a score."""
        from faceswap.networks.plain_convnets import critic

        return critic(self.size, self.width, "batch")

"""WGAN-GP: a critic that measures a distance, held to a slope of 1 by a penalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.generation.adversarial_model import AdversarialModel
from faceswap.options import option


@dataclass(frozen=True)
class WganGp(AdversarialModel):
    """Wasserstein distance with a penalty of the critic's slope (Gulrajani et al. 2017).

    The slope is each picture's own, so nothing in the critic looks across the batch: layer
    normalisation takes the place of batch normalisation.
    """

    rate: ClassVar[float] = 2e-4
    batch: ClassVar[int] = 96
    betas: ClassVar[tuple[float, float]] = (0.5, 0.9)
    rules: ClassVar[dict[str, Any]] = {"game": "wasserstein", "penalty": 10.0}

    critic_steps: int = option(3, "Steps of the critic to one of the generator.", low=1, high=20)

    def taught_by(self) -> dict[str, Any]:
        """With the critic's steps."""
        return super().taught_by() | {"critic_steps": self.critic_steps}

    def generator(self) -> Any:
        """As in DCGAN."""
        from faceswap.networks.plain_convnets import generator

        return generator(self.size, self.latent, self.width)

    def critic(self) -> Any:
        """As in DCGAN, with layer normalisation."""
        from faceswap.networks.plain_convnets import critic

        return critic(self.size, self.width, "layer")

"""WGAN: a critic that measures a distance, held to a slope by clipping its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.generation.adversarial_model import AdversarialModel
from faceswap.options import option


@dataclass(frozen=True)
class Wgan(AdversarialModel):
    """Wasserstein distance with clipped weights (Arjovsky et al. 2017).

    What is learnt alone is clipped, and nothing of the critic is normalised: a batch
    normalisation's scale of at most 0.01 leaves the generator next to no gradient. RMSprop, for
    momentum makes it unstable.
    """

    rate: ClassVar[float] = 5e-5
    batch: ClassVar[int] = 160
    rules: ClassVar[dict[str, Any]] = {"game": "wasserstein"}

    critic_steps: int = option(5, "Steps of the critic to one of the generator.", low=1, high=20)
    clip: float = option(0.01, "Largest weight of the critic.", low=1e-4, high=1)

    def optimizer(self, rate: float) -> Any:
        """RMSprop."""
        import keras

        return keras.optimizers.RMSprop(rate)

    def taught_by(self) -> dict[str, Any]:
        """With the critic's steps and its limit."""
        return super().taught_by() | {"critic_steps": self.critic_steps, "clip": self.clip}

    def generator(self) -> Any:
        """As in DCGAN."""
        from faceswap.networks.plain_convnets import generator

        return generator(self.size, self.latent, self.width)

    def critic(self) -> Any:
        """As in DCGAN, with nothing normalised."""
        from faceswap.networks.plain_convnets import critic

        return critic(self.size, self.width, "none")

"""ProGAN: faces that begin with 4 by 4 pixels and grow while generator and critic learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.adversarial_model import AdversarialModel
from faceswap.options import option


@dataclass(frozen=True)
class Progan(AdversarialModel):
    """Progressive growing, equalised rates, pixel norm, minibatch deviation (Karras et al. 2018).

    WGAN-GP with a drift term, a step of the critic to each of the generator.
    """

    rate: ClassVar[float] = 1e-3
    betas: ClassVar[tuple[float, float]] = (0.0, 0.99)
    rules: ClassVar[dict[str, Any]] = {"game": "wasserstein", "penalty": 10.0, "drift": 1e-3}

    growth: int = option(
        400, "Steps of the fade to each size and, as many, of the time after it.", low=1
    )

    def build(self) -> Any:
        """The network of both, at 4 by 4 pixels."""
        from faceswap.gan import Rules
        from faceswap.growing import GrowingGan, Growth
        from faceswap.progressive_nets import levels

        growth = Growth(levels(self.size), self.growth)
        rules = Rules(**self._rules())
        return GrowingGan(self.generator(), self.generator(), self.critic(), rules, growth)

    def optimizer(self, rate: float) -> Any:
        """Adam, whose moments begin anew with each size."""
        from faceswap.adam import FusedAdam

        return FusedAdam(rate, *self.betas, epsilon=1e-8)

    def generator(self) -> Any:
        """Noise to pictures of each size."""
        from faceswap.progressive_nets import generator

        return generator(self.size, self.latent, self.width)

    def critic(self) -> Any:
        """Its mirror image, with the deviation of the batch at 4 by 4."""
        from faceswap.progressive_nets import critic

        return critic(self.size, self.width)

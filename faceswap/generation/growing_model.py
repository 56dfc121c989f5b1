"""GrowingModel: a recipe for a generator and a critic that grow while they learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.generation.adversarial_model import AdversarialModel
from faceswap.options import option


@dataclass(frozen=True)
class GrowingModel(AdversarialModel):
    """What models that begin with 4 by 4 pixels share."""

    # Five times its authors': weights of a deviation of 1 are moved by thousandths of it.
    rate: ClassVar[float] = 5e-3
    betas: ClassVar[tuple[float, float]] = (0.0, 0.99)

    growth: int = option(
        400, "Steps of the fade to each size and, as many, of the time after it.", low=1
    )

    def build(self) -> Any:
        """The network of both, at 4 by 4 pixels."""
        from faceswap.generation.gan import Rules
        from faceswap.generation.growing import GrowingGan, Growth
        from faceswap.networks.progressive_nets import levels

        growth, rules = Growth(levels(self.size), self.growth), Rules(**self.taught_by())
        return GrowingGan(self.generator(), self.generator(), self.critic(), rules, growth)

    def optimizer(self, rate: float) -> Any:
        """Adam; its moments begin anew with each size."""
        from faceswap.optimizers.adam import FusedAdam

        return FusedAdam(rate, *self.betas, epsilon=1e-8)

    def critic(self) -> Any:
        """Pictures of each size to scores, with the deviation of the batch at 4 by 4."""
        from faceswap.networks.progressive_nets import critic

        return critic(self.size, self.width)

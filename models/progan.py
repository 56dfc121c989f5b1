"""ProGAN: faces that begin with 4 by 4 pixels and grow while generator and critic learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.generation.growing_model import GrowingModel


@dataclass(frozen=True)
class Progan(GrowingModel):
    """Progressive growing, equalised rates, pixel norm, minibatch deviation (Karras et al. 2018).

    WGAN-GP with a drift term, a step of the critic to each of the generator.
    """

    rules: ClassVar[dict[str, Any]] = {"game": "wasserstein", "penalty": 10.0, "drift": 1e-3}

    def generator(self) -> Any:
        """Noise to pictures of each size."""
        from faceswap.networks.progressive_nets import generator

        return generator(self.size, self.latent, self.width)

"""BigGAN: SAGAN with noise in every block and kernels held at right angles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from faceswap.generation.generative import Latents
from faceswap.generation.labelled_model import LabelledModel
from faceswap.options import option

#: Times `psi` deviations that noise is cut off at, where `psi` is below 1.
FARTHEST = 2.0


@dataclass(frozen=True)
class Biggan(LabelledModel):
    """A shared embedding of the label, noise in parts, orthogonal kernels (Brock et al. 2019).

    Each block's batch normalisation is set by a part of the noise of its own and by what the label
    stands for, which all blocks share. A `psi` below 1 draws noise that is nowhere beyond twice as
    many deviations.
    """

    rate: ClassVar[float] = 3e-4
    betas: ClassVar[tuple[float, float]] = (0.0, 0.9)
    rules: ClassVar[dict[str, Any]] = {"game": "hinge", "critic_rate": 4.0, "crossing": 1e-4}

    shared: int = option(32, "Numbers a label stands for.", low=2, high=512)

    def generator(self) -> Any:
        """As in SAGAN, with noise and the shared embedding in every block."""
        from faceswap.networks.residual_nets import generator

        return generator(self.size, self.latent, self.width, self.count, self.shared, "orthogonal")

    def critic(self) -> Any:
        """As in SAGAN."""
        from faceswap.networks.residual_nets import critic

        return critic(self.size, self.width, self.count, "orthogonal")

    def shrunk(self, net: Any, latents: Latents, psi: float) -> Latents:
        """Noise cut off at `FARTHEST` times `psi` deviations, the label as it is."""
        if psi >= 1:
            return latents
        from scipy.special import ndtr, ndtri

        z, labels = np.split(latents, [self.latent], -1)
        # The same place of the distribution that has no ends.
        inside = ndtr(FARTHEST * psi) - 0.5
        z = ndtri(0.5 + (ndtr(z) - 0.5) * 2 * inside)
        return np.concatenate([z.astype(np.float32), labels], -1)

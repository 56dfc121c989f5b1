"""SAGAN: residual networks with self-attention, faces of a class that one chooses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.generation.labelled_model import LabelledModel


@dataclass(frozen=True)
class Sagan(LabelledModel):
    """Self-attention, spectral normalisation, conditional batch norm (Zhang et al. 2019).

    Hinge losses; the critic learns four times as fast, and judges by projection whether a face
    goes with its label.
    """

    rate: ClassVar[float] = 3e-4
    betas: ClassVar[tuple[float, float]] = (0.0, 0.9)
    rules: ClassVar[dict[str, Any]] = {"game": "hinge", "critic_rate": 4.0}

    def generator(self) -> Any:
        """Noise to 4 by 4, doubled by residual blocks, attention at 16 by 16."""
        from faceswap.networks.residual_nets import generator

        return generator(self.size, self.latent, self.width, self.count)

    def critic(self) -> Any:
        """Halved by residual blocks, attention at 16 by 16, projection."""
        from faceswap.networks.residual_nets import critic

        return critic(self.size, self.width, self.count)

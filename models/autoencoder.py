"""The plain autoencoder: a face boiled down to a few numbers and drawn again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faceswap.generation.coding_model import CodingModel


@dataclass(frozen=True)
class Autoencoder(CodingModel):
    """Least squares and nothing else (Hinton and Salakhutdinov 2006).

    What it cannot draw again is unlike what it learnt. Nothing orders its latents; samples are of
    the Gaussian nearest to them.
    """

    def build(self) -> Any:
        """Encoder and decoder."""
        from faceswap.networks.code_net import CodeNet
        from faceswap.networks.coders import decoder, encoder

        drawing = decoder(self.size, self.width, self.latent)
        return CodeNet(encoder(self.size, self.width, [self.latent]), drawing, variational=False)

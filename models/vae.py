"""The variational autoencoder: faces from a space of latents that can be walked and edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faceswap.generation.coding_model import CodingModel
from faceswap.options import option


@dataclass(frozen=True)
class Vae(CodingModel):
    """Latents held to a standard Gaussian (Kingma and Welling 2014), so that all between is a face.

    How much a pixel may differ is learnt (Rybkin et al. 2021), unless a `beta` says what the
    divergence weighs beside the summed squared error: with a large one all faces become the mean.
    Faces are made up from the Gaussian of the latents that training found, not from the prior.
    """

    beta: float = option(
        0.0, "Weight of the divergence beside the squared error; 0: learnt.", low=0, high=1e6
    )

    def build(self) -> Any:
        """Encoder with two heads, and decoder."""
        from faceswap.networks.code_net import CodeNet
        from faceswap.networks.coders import decoder, encoder

        seeing = encoder(self.size, self.width, [self.latent, self.latent])
        drawing = decoder(self.size, self.width, self.latent)
        return CodeNet(seeing, drawing, variational=True, beta=self.beta)

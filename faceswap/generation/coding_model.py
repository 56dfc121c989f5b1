"""CodingModel: a recipe for networks that find a face's latents and draw faces from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from faceswap.generation.generative import in_parts
from faceswap.model import PLAIN, FaceModel, Faces
from faceswap.options import option

if TYPE_CHECKING:
    from faceswap.training.optimizing import Optimizing


@dataclass(frozen=True)
class CodingModel(FaceModel):
    """What `autoencoder` and `vae` share."""

    data: ClassVar[str] = "faces"
    rate: ClassVar[float] = 1e-3
    momentum: ClassVar[float] = 0.9
    batch: ClassVar[int] = 32

    size: int = option(64, "Side of a face in pixels.", choices=(16, 32, 64, 128))
    latent: int = option(64, "Numbers a face is boiled down to.", low=2, high=1024)
    width: int = option(
        32, "Channels at half of the side; up to four times as many below.", low=4, high=256
    )

    def compile(self, net: Any, rate: float, how: Optimizing = PLAIN) -> None:
        """Give `net` its optimiser; its loss is its own."""
        net.compile(how.stepper(rate, self.momentum), jit_compile=False)

    def sample(self, net: Any, count: int, seed: int, psi: float = 1.0, **controls: Any) -> Faces:
        """Faces of latents drawn from the Gaussian of those that training found."""
        return in_parts(partial(self.decode, net), self.wanted(net, count, seed, psi=psi))

    def latents(self, net: Any, count: int, seed: int) -> Faces:
        """Latents (count, latent) as `sample` draws them."""
        return self.wanted(net, count, seed)

    def wanted(self, net: Any, count: int, seed: int, **controls: Any) -> Faces:
        """The latents that `sample` draws from."""
        latents: Faces = net.gathering.sample(count, seed, **controls)
        return latents

    def decode(self, net: Any, latents: Any) -> Any:
        """The faces of latents."""
        return net.decoder(latents, training=False)

    def encode(self, net: Any, faces: Faces) -> Faces:
        """The latents of faces: their means."""

        def means(rows: Any) -> Any:
            ends = net.encoder(rows, training=False)
            return ends[0] if net.variational else ends

        return in_parts(means, faces)

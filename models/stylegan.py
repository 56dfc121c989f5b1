"""StyleGAN: noise mapped to styles that decide, level by level, what a face looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from faceswap.generation.adversarial_model import normal, shown
from faceswap.generation.generative import Latents, in_parts
from faceswap.generation.growing_model import GrowingModel
from faceswap.model import Faces

#: Styles that the mean style is the mean of.
MANY = 4096


@dataclass(frozen=True)
class Stylegan(GrowingModel):
    """A mapping network, adaptive instance norm, noise, style mixing (Karras et al. 2019).

    Latents are styles, one for each size of picture from 4 by 4 on: those of small ones decide pose
    and shape, those of large ones colour. Non-saturating losses with R1; grows as ProGAN.
    """

    rules: ClassVar[dict[str, Any]] = {"game": "non_saturating", "real_slope": 1.0}

    def generator(self) -> Any:
        """Noise to styles, styles and noise to pictures of each size."""
        from faceswap.networks.style_nets import generator

        return generator(self.size, self.latent, self.width)

    def latents(self, net: Any, count: int, seed: int) -> Latents:
        """Styles (count, levels, features), the same at all levels."""
        from faceswap.networks.progressive_nets import levels

        styles = self._mapped(net, super().latents(net, count, seed))
        return np.repeat(styles[:, None], levels(self.size), 1)

    def shrunk(self, net: Any, latents: Latents, psi: float) -> Latents:
        """Styles nearer to the mean style."""
        mean = self._mapped(net, normal((MANY, self.latent), 0)).mean(0)
        return np.asarray(mean + np.float32(psi) * (latents - mean), np.float32)

    def decode(self, net: Any, latents: Any) -> Any:
        """The faces of styles, float32 from 0 to 1, without noise; in TensorFlow alone."""
        import tensorflow as tf

        # Keras takes no arrays beside tensors.
        styles = tf.convert_to_tensor(latents)
        count = tf.shape(styles)[0]
        return self._styled(net, styles, *(tf.zeros((count, *shape)) for shape in self._noises))

    def sample(self, net: Any, count: int, seed: int, **controls: Any) -> Faces:
        """As of any model; another `noise`, a seed, gives the same persons in other detail."""
        noise = int(controls.pop("noise", seed))
        styles = self.wanted(net, count, seed, **controls)
        noises = [normal((count, *s), noise, number) for number, s in enumerate(self._noises, 1)]
        return in_parts(lambda *rows: self._styled(net, *rows), styles, *noises)

    @property
    def _noises(self) -> list[tuple[int, int, int]]:
        from faceswap.networks.style_nets import noise_shapes

        return list(noise_shapes(self.size).values())

    def _styled(self, net: Any, styles: Any, *noises: Any) -> Any:
        return shown(net.shown(net.average.get_layer("synthesis"), [styles, *noises]))

    def _mapped(self, net: Any, z: Latents) -> NDArray[np.float32]:
        return np.asarray(net.average.get_layer("mapping")(z), np.float32)

"""faceswap-GAN 2.2: self-attention, a mask that nobody draws, and two discriminators."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.data.augment import Augment
from faceswap.data.lesson import Lesson
from faceswap.data.relight import Relight
from faceswap.networks.phases import Phases
from faceswap.networks.shared_code import SharedCode
from faceswap.networks.two_decoders import TwoDecoders
from faceswap.options import option


@dataclass(frozen=True)
class FaceswapGan(SharedCode, TwoDecoders):
    """Attention at both ends, a mask of its own, and a PatchGAN for each face (faceswap-GAN 2.2).

    72 million weights at 64 px, 82 million at 128 and 91 million at 256. The mask is what the
    network itself finds fit to be laid over the picture it was given: discriminators judge both the
    drawn face and the mixture. `perceptual` comes at 20 % of the training, and what the mask should
    take at least comes, changes and goes by phases.
    """

    rate: ClassVar[float] = 1e-4
    batch: ClassVar[int] = 8
    discriminator: ClassVar[str] = "patch"
    # Its discriminators tell the two apart by their colours alone, were they not exchanged.
    augment: ClassVar[Augment] = Augment(zoom=0.1, relight=Relight(recolor=0.5))
    lesson: ClassVar[Lesson] = Lesson(alpha=True, eye_map=True)
    # Its pictures go from -1 to 1, so an error of 1 there is one of a half here: reconstruction 1
    # and eyes 30 are 2 and 60, edges .1 and eyes 30 are .2 and 60. Masks are from 0 to 1 in both.
    terms: ClassVar[Mapping[str, float]] = {
        **{"l1": 2.0, "l1_eyes": 60.0, "edge": 0.2, "edge_eyes": 60.0, "perceptual": 1.0},
        **{"mask_size": 0.01, "mask_least": 0.1, "mask_tv": 0.1, "expression": 0.2},
    }
    phases: ClassVar[Mapping[str, Phases]] = {
        "perceptual": ((0.0, 0.0), (0.2, 1.0)),
        # The mask is asked to be small, or to take at least so much of the picture.
        "mask_size": ((0.0, 1.0), (0.3, 0.0), (0.667, 1.0), (0.8, 0.0), (0.9, 1.0)),
        "mask_least": (
            *((0.0, 0.0), (0.3, 0.5), (0.4, 0.2), (0.5, 0.4)),
            *((0.667, 0.0), (0.8, 0.1), (0.9, 0.0)),
        ),
    }

    size: int = option(64, "Side of a face in pixels.", choices=(64, 128, 256))
    width: int = option(64, "Channels of the first map; up to 16 times as many of others.", low=8)
    lite: bool = option(False, "Half of the channels, a quarter where there are most.")

    def _wide(self, times: int) -> int:
        return times * self.width // (1 if not self.lite else 4 if times == 16 else 2)

    def _encoder(self) -> Any:
        import keras

        from faceswap.networks.blocks import attentive
        from faceswap.networks.layers import FlatDense
        from faceswap.networks.normed import convolved, halved, upscaled

        flow = picture = keras.Input((self.size, self.size, 3))
        # Without its light, it is from about -2 to 2 already.
        flow = flow if self.expressive else keras.layers.Rescaling(2.0, -1.0)(flow)
        flow = convolved(flow, self._wide(1), 5)
        flow = halved(flow, self._wide(2), norm=False)
        for times in (4, 8):
            flow = attentive(halved(flow, self._wide(times)), True)
        while flow.shape[1] > 4:
            flow = halved(flow, self._wide(16))
        base = flow.shape[1:]
        flow, told = self._narrowed(keras.layers.Flatten()(flow), self._wide(16))
        flow = keras.layers.Reshape(base)(FlatDense(math.prod(base))(flow))
        return self._coder(picture, upscaled(flow, self._wide(8)), told, "encoder")

    def _decoder(self, name: str, code: tuple[int, ...]) -> Any:
        import keras

        from faceswap.networks.blocks import attentive, residual
        from faceswap.networks.normed import halved, upscaled

        flow = given = keras.Input(code)
        flow = upscaled(flow, self._wide(4))
        flow = attentive(upscaled(flow, self._wide(2)), True)
        flow = upscaled(flow, self._wide(1))
        flow = attentive(residual(flow, keras.layers.LeakyReLU(0.2)), True)
        while flow.shape[1] < self.size:
            flow = halved(upscaled(flow, self._wide(1)), self._wide(1), stride=1, norm=False)
        return keras.Model(given, self._drawn(flow, 4, 5), name=name)

"""A small face swapper for processors: most of its arithmetic is products of small maps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.augment import Augment
from faceswap.dataset import SIDES
from faceswap.expression import COUNT
from faceswap.lesson import Lesson
from faceswap.model import FaceModel, Faces, Swapped
from faceswap.options import option

#: How much of the code beside the expression is noise in training, and how often all of it is.
NOISE, SILENCE = 0.3, 0.3
#: Deviation of the noise on the expression.
BLUR = 0.1


@dataclass(frozen=True)
class Lite(FaceModel):
    """The idea of `original` at a tenth of its arithmetic, for minutes on two cores.

    Three million weights. Both ends work on squares of 4 by 4 pixels as channels, so nothing is
    done at the full size of the picture. The encoder sees the face without its light and
    background. What it boils it down to is first of all the expression, which it is taught from
    the landmarks, and few and noisy numbers more: left to itself with few pictures it finds a code
    for each person, and the target's open mouth may close the source's.
    """

    rate: ClassVar[float] = 1e-3
    momentum: ClassVar[float] = 0.9
    terms: ClassVar[Mapping[str, float]] = {"dssim": 1, "l1": 1, "mask": 0.5, "expression": 0.05}
    batch: ClassVar[int] = 8
    augment: ClassVar[Augment] = Augment(rotation=3.0, zoom=0.03, shift=0.02)
    lesson: ClassVar[Lesson] = Lesson(face=4.0, features=12.0, expression=True, mask=True)

    size: int = option(128, "Side of a face in pixels.", choices=(64, 80, 96, 128))
    latent: int = option(
        32, "Numbers a face is boiled down to beside its expression.", low=1, high=4096
    )
    width: int = option(
        64, "Channels at a quarter of the side; more where it is smaller.", low=8, high=256
    )

    def build(self) -> Any:
        """The network: pictures of both sides to pictures of both sides."""
        import keras

        from faceswap.layers import GiveColor, Halve, Join, TakeColor
        from faceswap.swap_net import SwapNet

        encoder = self._encoder()
        decoders = {side: self._decoder(f"decoder_{side}") for side in SIDES}
        inputs = {side: keras.Input((self.size, self.size, 3), name=side) for side in SIDES}
        plain, mean, spread = TakeColor(name="take")(Join()([inputs[side] for side in SIDES]))
        code, doing = encoder(plain)
        parts = zip(SIDES, Halve()(code), Halve()(mean), Halve()(spread), strict=True)
        give = GiveColor(name="give")
        drawn = {s: give([decoders[s](c), m, d]) for s, c, m, d in parts}
        return SwapNet(inputs, drawn | {"expression": doing})

    def swap(self, net: Any, faces: Faces) -> Swapped:
        """The target's faces decoded as the source, in the target's light."""
        plain, mean, spread = net.get_layer("take")(faces)
        code, _ = net.get_layer("encoder")(plain, training=False)
        drawn = (net.get_layer(f"decoder_{side}")(code, training=False) for side in SIDES)
        return Swapped.of(*(net.get_layer("give")([one, mean, spread]) for one in drawn))

    def redrawn(self, net: Any, faces: Any) -> Any:
        """The target's faces drawn as the source, in the target's light."""
        import keras

        plain, mean, spread = net.get_layer("take")(faces)
        code = keras.ops.stop_gradient(net.get_layer("encoder")(plain, training=True)[0])
        drawn = net.get_layer("decoder_source")(code, training=True)
        return net.get_layer("give")([drawn, mean, spread])

    @property
    def _base(self) -> tuple[int, int, int]:
        return self.size // 16, self.size // 16, self.width

    def _encoder(self) -> Any:
        import keras
        from keras.layers import (
            Activation,
            Concatenate,
            Dropout,
            Flatten,
            GaussianNoise,
            LeakyReLU,
            Reshape,
        )

        from faceswap.blocks import convolved
        from faceswap.layers import FlatDense, PixelUnshuffle

        flow = picture = keras.Input((self.size, self.size, 3))
        flow = PixelUnshuffle(4)(flow)
        for times, stride in ((1, 1), (2, 2), (4, 2)):
            flow = convolved(flow, times * self.width, stride=stride)
        flow = Flatten()(flow)
        doing = Activation("linear", dtype="float32")(FlatDense(COUNT)(flow))
        known = GaussianNoise(BLUR)(keras.ops.stop_gradient(doing))
        rest = GaussianNoise(NOISE)(Activation("tanh")(FlatDense(self.latent)(flow)))
        rest = Dropout(SILENCE, noise_shape=(None, 1))(rest)
        flow = FlatDense(math.prod(self._base))(Concatenate()([known, rest]))
        flow = LeakyReLU(0.1)(Reshape(self._base)(flow))
        return keras.Model(picture, [flow, doing], name="encoder")

    def _decoder(self, name: str) -> Any:
        import keras

        from faceswap.blocks import convolved
        from faceswap.layers import PatchConv2D, PixelShuffle

        flow = code = keras.Input(self._base)
        for filters in (2 * self.width, 3 * self.width // 2):
            flow = PixelShuffle(2)(convolved(flow, 4 * filters))
        flow = convolved(flow, 3 * self.width // 2)
        flow = PixelShuffle(4)(PatchConv2D(4 * 4 * 4, 3, padding="same")(flow))
        flow = keras.layers.Activation("linear", dtype="float32")(flow)
        return keras.Model(code, flow, name=name)

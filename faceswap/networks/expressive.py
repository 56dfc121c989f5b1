"""Swappers whose code is first of all the expression: what `lite` and `residual` have in common."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.data.augment import Augment
from faceswap.data.dataset import SIDES
from faceswap.data.expression import COUNT
from faceswap.data.lesson import Lesson
from faceswap.model import FaceModel, Faces, Swapped

#: How much of the code beside the expression is noise in training, and how often all of it is.
NOISE, SILENCE = 0.3, 0.3
#: Deviation of the noise on the expression.
BLUR = 0.1


@dataclass(frozen=True)
class Expressive(FaceModel):
    """An encoder that sees faces without light and background, and a decoder for each of the two.

    What the face is boiled down to is first of all the expression, which is taught from the
    landmarks, and few and noisy numbers more: left to itself with few pictures an encoder finds a
    code for each person, and the target's open mouth may close the source's.
    """

    momentum: ClassVar[float] = 0.9
    terms: ClassVar[Mapping[str, float]] = {"dssim": 1, "l1": 1, "mask": 0.5, "expression": 0.05}
    batch: ClassVar[int] = 8
    augment: ClassVar[Augment] = Augment(rotation=3.0, zoom=0.03, shift=0.02)
    lesson: ClassVar[Lesson] = Lesson(4.0, 12.0, 12.0, expression=True, mask=True)

    #: Side of a face in pixels, and numbers that it is boiled down to beside its expression.
    size: int
    latent: int

    @property
    @abstractmethod
    def _base(self) -> tuple[int, int, int]:
        """Shape of the map that the decoders start from."""

    @abstractmethod
    def _features(self, picture: Any) -> Any:
        """A small map of a picture (n, size, size, 3)."""

    @abstractmethod
    def _picture(self, code: Any) -> Any:
        """A picture with the mask's logits as its fourth channel, of a map of shape `_base`."""

    def build(self) -> Any:
        """The network: pictures of both sides to pictures of both sides."""
        import keras

        from faceswap.networks.layers import GiveColor, Halve, Join, TakeColor
        from faceswap.networks.swap_net import SwapNet

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
        return Swapped.of(*net.both(_in_its_light, faces))

    def redrawn(self, net: Any, faces: Any) -> Any:
        """The target's faces drawn as the source, in the target's light."""
        return _in_its_light(net, faces, ("source",), training=True)[0]

    def _encoder(self) -> Any:
        import keras
        from keras.layers import Activation, Concatenate, Dropout, Flatten, GaussianNoise, Reshape

        from faceswap.networks.blocks import leaky
        from faceswap.networks.layers import FlatDense

        picture = keras.Input((self.size, self.size, 3))
        flow = Flatten()(self._features(picture))
        doing = Activation("linear", dtype="float32")(FlatDense(COUNT)(flow))
        known = GaussianNoise(BLUR)(keras.ops.stop_gradient(doing))
        rest = GaussianNoise(NOISE)(Activation("tanh")(FlatDense(self.latent)(flow)))
        rest = Dropout(SILENCE, noise_shape=(None, 1))(rest)
        flow = FlatDense(math.prod(self._base))(Concatenate()([known, rest]))
        return keras.Model(picture, [leaky(Reshape(self._base)(flow)), doing], name="encoder")

    def _decoder(self, name: str) -> Any:
        import keras

        code = keras.Input(self._base)
        flow = keras.layers.Activation("linear", dtype="float32")(self._picture(code))
        return keras.Model(code, flow, name=name)


def _in_its_light(
    net: Any, faces: Any, sides: Sequence[str] = SIDES, training: bool = False
) -> tuple[Any, ...]:
    """Faces as each of the sides, each in its own light; no gradient for the code."""
    import keras

    plain, mean, spread = net.get_layer("take")(faces)
    code = keras.ops.stop_gradient(net.get_layer("encoder")(plain, training=training)[0])
    drawn = (net.get_layer(f"decoder_{side}")(code, training=training) for side in sides)
    return tuple(net.get_layer("give")([one, mean, spread]) for one in drawn)

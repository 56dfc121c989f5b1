"""Swappers whose code is first of all the expression: what `lite` and `residual` have in common."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.data.augment import Augment
from faceswap.data.lesson import Lesson
from faceswap.networks.two_decoders import TwoDecoders


@dataclass(frozen=True)
class Expressive(TwoDecoders):
    """An encoder that sees faces without light and background, and a decoder for each of the two.

    What the face is boiled down to is first of all the expression, which is taught from the
    landmarks, and few and noisy numbers more: left to itself with few pictures an encoder finds a
    code for each person, and the target's open mouth may close the source's.
    """

    momentum: ClassVar[float] = 0.9
    terms: ClassVar[Mapping[str, float]] = {"dssim": 1, "l1": 1, "mask": 0.5, "expression": 0.05}
    batch: ClassVar[int] = 8
    augment: ClassVar[Augment] = Augment(rotation=3.0, zoom=0.03, shift=0.02)
    lesson: ClassVar[Lesson] = Lesson(4.0, 12.0, 12.0, mask=True)

    #: Side of a face in pixels, and numbers that it is boiled down to beside its expression.
    size: int
    latent: int

    @property
    def expressive(self) -> int:
        """All of them are."""
        return self.latent

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

    def _encoder(self) -> Any:
        import keras
        from keras.layers import Flatten, Reshape

        from faceswap.networks.blocks import leaky
        from faceswap.networks.bottleneck import expressive
        from faceswap.networks.layers import FlatDense

        picture = keras.Input((self.size, self.size, 3))
        flow, told = expressive(Flatten()(self._features(picture)), self.latent)
        flow = FlatDense(math.prod(self._base))(flow)
        return keras.Model(picture, [leaky(Reshape(self._base)(flow)), *told], name="encoder")

    def _decoder(self, name: str, code: tuple[int, ...]) -> Any:
        import keras

        given = keras.Input(code)
        flow = keras.layers.Activation("linear", dtype="float32")(self._picture(given))
        return keras.Model(given, flow, name=name)

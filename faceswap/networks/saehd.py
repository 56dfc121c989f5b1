"""The parts of DeepFaceLab's SAEHD, from which `df` and `liae` are put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, ClassVar

from faceswap.data.lesson import Lesson
from faceswap.networks.shared_code import SharedCode
from faceswap.options import option

#: Any of the letters in this order, or none of them.
VARIANTS = tuple("".join(letters) or "plain" for letters in product(*(("", x) for x in "udtc")))
#: All multiples of 32, so that each variant's maps are whole.
SIZES = (64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512)


@dataclass(frozen=True)
class Saehd(SharedCode):
    """Options and parts that the two shapes share (DeepFaceLab, Perov et al. 2020).

    The variant's letters: u sets the encoder's code to one scale, d draws at half the side and has
    the last doubling for little, t has one more and a residual block at both of the encoder's ends,
    c has x cos(x) as activation.
    """

    rate: ClassVar[float] = 5e-5
    batch: ClassVar[int] = 8
    terms: ClassVar[Mapping[str, float]] = {"dssim": 10, "mse": 10, "mask": 10, "expression": 0.5}
    lesson: ClassVar[Lesson] = Lesson(mask=True)

    variant: str = option(
        "ud", "Changes of the plain shape: see the letters above.", choices=VARIANTS
    )
    size: int = option(128, "Side of a face in pixels.", choices=SIZES)
    latent: int = option(256, "Numbers a face is boiled down to.", low=8, high=1024)
    encoder_width: int = option(64, "Channels of the encoder's first map.", low=8, high=256)
    decoder_width: int = option(64, "Channels of the decoder's last map.", low=8, high=256)
    mask_width: int = option(22, "The same of the mask's own trunk.", low=2, high=256)
    attention: bool = option(False, "Let each place of two maps see all others.")

    def _has(self, letter: str) -> bool:
        return letter in self.variant and self.variant != "plain"

    def _encoder(self) -> Any:
        """Pictures to a flat vector."""
        import keras

        from faceswap.networks.blocks import attentive, convolved
        from faceswap.networks.layers import UnitScale

        flow = picture = keras.Input((self.size, self.size, 3))
        for number, times in enumerate((1, 2, 4, 8, 8) if self._has("t") else (1, 2, 4, 8)):
            flow = convolved(flow, times * self.encoder_width, 5, 2, act=self._act)
            if self._has("t") and number in (0, 4):
                flow = _residual(flow)
        flow = keras.layers.Flatten()(attentive(flow, self.attention))
        return keras.Model(picture, UnitScale()(flow) if self._has("u") else flow, name="encoder")

    def _inter(self, features: int, filters: int, name: str, narrowed: Any = None) -> Any:
        """The flat vector to a small map, through the narrowest place."""
        import keras

        from faceswap.networks.blocks import upscaled
        from faceswap.networks.layers import FlatDense

        side = self.size // (32 if self._has("d") else 16)
        flow = vector = keras.Input((features,))
        flow, told = (narrowed or self._narrowed)(flow, self.latent)
        flow = FlatDense(side * side * filters)(flow)
        flow = keras.layers.Reshape((side, side, filters))(flow)
        flow = flow if self._has("t") else upscaled(flow, filters, self._act)
        return self._coder(vector, flow, told, name)

    def _decoder(self, name: str, code: tuple[int, ...]) -> Any:
        """A map of the shape `code` to pictures with a mask as their fourth channel."""
        import keras

        from faceswap.networks.blocks import attentive, upscaled

        flow = mask = given = keras.Input(code)
        steps = (8, 8, 4, 2) if self._has("t") else (8, 4, 2)
        for place, times in enumerate(steps):
            flow = _residual(upscaled(flow, times * self.decoder_width, self._act))
            flow = attentive(flow, self.attention and place == 1)
        for times in (*steps, 1) if self._has("d") else steps:
            mask = upscaled(mask, times * self.mask_width, self._act)
        parts = [self._picture(flow), self._drawn(mask, 1, 1)]
        return keras.Model(given, keras.layers.Concatenate(dtype="float32")(parts), name=name)

    def _picture(self, flow: Any) -> Any:
        import keras

        from faceswap.networks.layers import PixelShuffle

        if not self._has("d"):
            return self._drawn(flow, 3, 1)
        quarters = [self._drawn(flow, 3, kernel) for kernel in (1, 3, 3, 3)]
        return PixelShuffle(2, dtype="float32")(keras.layers.Concatenate(dtype="float32")(quarters))

    def _act(self, flow: Any) -> Any:
        from keras import layers, ops

        if not self._has("c"):
            return layers.LeakyReLU(0.1)(flow)
        return flow * ops.cos(flow)


def _residual(flow: Any) -> Any:
    from keras.layers import LeakyReLU

    from faceswap.networks.blocks import residual

    return residual(flow, LeakyReLU(0.2))

"""The classic deepfake: an encoder that both faces share and a decoder for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.networks.shared_code import SharedCode
from faceswap.networks.two_decoders import TwoDecoders
from faceswap.options import option


@dataclass(frozen=True)
class Original(SharedCode, TwoDecoders):
    """One encoder that both faces share, and a decoder for each (deepfakes, 2017).

    82 million weights at 64 px; the encoder learns what the faces have in common, pose and
    expression, and each decoder what one of them looks like. 183 million at 128 px, where what the
    encoder flattens is larger, and 209 million at 256 px, with a step more at either end.
    """

    rate: ClassVar[float] = 5e-5
    terms: ClassVar[Mapping[str, float]] = {"l1": 1.0, "expression": 0.05}
    batch: ClassVar[int] = 16

    size: int = option(64, "Side of a face in pixels.", choices=(64, 128, 256))
    latent: int = option(1024, "Numbers a face is boiled down to.", low=8, high=4096)
    attention: bool = option(False, "Let each place of two maps see all others.")

    @property
    def _large(self) -> bool:
        return self.size > 128

    def _encoder(self) -> Any:
        import keras

        from faceswap.networks.blocks import attentive, convolved, upscaled
        from faceswap.networks.layers import FlatDense

        flow = picture = keras.Input((self.size, self.size, 3))
        for filters in (128, 256, 512, 1024, *([1024] if self._large else [])):
            flow = attentive(convolved(flow, filters, 5, 2), self.attention and filters == 512)
        base = flow.shape[1:]
        flow, told = self._narrowed(keras.layers.Flatten()(flow), self.latent)
        flow = keras.layers.Reshape(base)(FlatDense(base[0] * base[1] * base[2])(flow))
        return self._coder(picture, upscaled(flow, 512), told, "encoder")

    def _decoder(self, name: str, code: tuple[int, ...]) -> Any:
        import keras

        from faceswap.networks.blocks import attentive, upscaled

        flow = given = keras.Input(code)
        for filters in (256, 128, 64, *([32] if self._large else [])):
            flow = attentive(upscaled(flow, filters), self.attention and filters == 128)
        return keras.Model(given, self._drawn(flow, 3, 5), name=name)

"""DeepFaceLab's larger shape that keeps the source's face: a decoder for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faceswap.networks.saehd import Saehd
from faceswap.networks.two_decoders import TwoDecoders


@dataclass(frozen=True)
class Df(Saehd, TwoDecoders):
    """An encoder that both faces share, and a decoder with a mask for each (SAEHD's `df`).

    54 million weights at 128 px. The letters of `variant`: u sets the encoder's code to one scale,
    d draws at half the side and has the last doubling for little, t is one step deeper with
    residual blocks in the encoder, c has x cos(x) as activation. `df` gives more of the source's
    own face than `liae`, and follows the target's shape and light less.
    """

    def _encoder(self) -> Any:
        """Pictures to the small map that the decoders start from."""
        import keras

        features = super()._encoder()
        inter = self._inter(features.output_shape[1], self.latent, "inter")
        picture = keras.Input(features.input_shape[1:])
        return keras.Model(picture, inter(features(picture)), name="encoder")

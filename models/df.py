"""DeepFaceLab's larger shape that keeps the source's face: a decoder for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faceswap.model import Faces, Swapped, swap_by_decoder
from faceswap.saehd import Saehd


@dataclass(frozen=True)
class Df(Saehd):
    """An encoder that both faces share, and a decoder with a mask for each (SAEHD's `df`).

    54 million weights at 128 px. The letters of `variant`: u sets the encoder's code to one scale,
    d draws at half the side and has the last doubling for little, t is one step deeper with
    residual blocks in the encoder, c has x cos(x) as activation. `df` gives more of the source's
    own face than `liae`, and follows the target's shape and light less.
    """

    def build(self) -> Any:
        """The network: pictures of both sides to pictures of both sides, each with its mask."""
        import keras

        from faceswap.layers import both_sides

        features = self._encoder()
        inter = self._inter(features.output_shape[1], self.latent, "inter")
        picture = keras.Input(features.input_shape[1:])
        encoder = keras.Model(picture, inter(features(picture)), name="encoder")
        source, target = (
            self._decoder(encoder.output, f"decoder_{side}") for side in ("source", "target")
        )
        return both_sides(encoder, source, target)

    def swap(self, net: Any, faces: Faces) -> Swapped:
        """The target's faces decoded as the source; face is what both masks say."""
        return swap_by_decoder(net, faces)

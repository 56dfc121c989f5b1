"""The classic deepfake: an encoder that both faces share and a decoder for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.model import FaceModel, Faces, Swapped, swap_by_decoder
from faceswap.options import option


@dataclass(frozen=True)
class Original(FaceModel):
    """One encoder that both faces share, and a decoder for each (deepfakes, 2017).

    82 million weights; the encoder learns what the faces have in common, pose and expression, and
    each decoder what one of them looks like.
    """

    rate: ClassVar[float] = 5e-5
    batch: ClassVar[int] = 16

    size: int = option(64, "Side of a face in pixels.", choices=(64, 128))
    latent: int = option(1024, "Numbers a face is boiled down to.", low=8, high=4096)

    def build(self) -> Any:
        """The network: 64 px of each side to 64 px of each side."""
        from faceswap.layers import both_sides

        base = self.size // 16
        source = self._decoder("decoder_source", 2 * base)
        return both_sides(self._encoder(base), source, self._decoder("decoder_target", 2 * base))

    def swap(self, net: Any, faces: Faces) -> Swapped:
        """The target's faces decoded as the source."""
        return swap_by_decoder(net, faces)

    def _encoder(self, base: int) -> Any:
        import keras
        from keras.layers import LeakyReLU, Reshape

        from faceswap.layers import FlatDense, PatchConv2D

        flow = picture = keras.Input((self.size, self.size, 3))
        for filters in (128, 256, 512, 1024):
            flow = LeakyReLU(0.1)(PatchConv2D(filters, 5, strides=2, padding="same")(flow))
        flow = FlatDense(self.latent)(keras.layers.Flatten()(flow))
        flow = Reshape((base, base, 1024))(FlatDense(base * base * 1024)(flow))
        return keras.Model(picture, _upscale(flow, 512), name="encoder")

    def _decoder(self, name: str, side: int) -> Any:
        import keras

        from faceswap.layers import PatchConv2D

        flow = code = keras.Input((side, side, 512))
        for filters in (256, 128, 64):
            flow = _upscale(flow, filters)
        flow = PatchConv2D(3, 5, padding="same")(flow)
        return keras.Model(
            code, keras.layers.Activation("sigmoid", dtype="float32")(flow), name=name
        )


def _upscale(flow: Any, filters: int) -> Any:
    from keras.layers import LeakyReLU

    from faceswap.layers import PatchConv2D, PixelShuffle

    flow = PatchConv2D(4 * filters, 3, padding="same")(flow)
    return PixelShuffle(2)(LeakyReLU(0.1)(flow))

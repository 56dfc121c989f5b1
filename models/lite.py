"""A small face swapper for processors: most of its arithmetic is products of small maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.model import FaceModel, Faces, swap_by_decoder
from faceswap.options import option


@dataclass(frozen=True)
class Lite(FaceModel):
    """The idea of `original` at a fraction of its arithmetic, for minutes on two cores."""

    rate: ClassVar[float] = 3e-4
    batch: ClassVar[int] = 16
    face_weight: ClassVar[float] = 4.0
    feature_weight: ClassVar[float] = 12.0

    size: int = option(96, "Side of a face in pixels.", choices=(64, 80, 96, 128))
    latent: int = option(256, "Numbers a face is boiled down to.", low=8)
    width: int = option(64, "Channels at a quarter of the side; more where it is smaller.", low=8)

    def build(self) -> Any:
        """The network: both sides to both sides."""
        from faceswap.layers import both_sides

        source, target = self._decoder("decoder_source"), self._decoder("decoder_target")
        return both_sides(self._encoder(), source, target)

    def swap(self, net: Any, faces: Faces) -> tuple[Faces, Faces]:
        """The target's faces decoded as the source."""
        return swap_by_decoder(net, faces)

    def _encoder(self) -> Any:
        import keras
        from keras.layers import LeakyReLU

        from faceswap.layers import FlatDense, PatchConv2D, PixelUnshuffle

        w = self.width
        flow = picture = keras.Input((self.size, self.size, 3))
        flow = PixelUnshuffle(4)(flow)
        flow = LeakyReLU(0.1)(PatchConv2D(w, 3, padding="same")(flow))
        flow = LeakyReLU(0.1)(PatchConv2D(2 * w, 3, strides=2, padding="same")(flow))
        flow = LeakyReLU(0.1)(PatchConv2D(4 * w, 3, strides=2, padding="same")(flow))
        flow = FlatDense(self.latent)(keras.layers.Flatten()(flow))
        return keras.Model(picture, flow, name="encoder")

    def _decoder(self, name: str) -> Any:
        import keras
        from keras.layers import LeakyReLU

        from faceswap.layers import FlatDense, PatchConv2D, PixelShuffle

        w, base = self.width, self.size // 16
        flow = code = keras.Input((self.latent,))
        flow = FlatDense(base * base * 4 * w)(flow)
        flow = LeakyReLU(0.1)(keras.layers.Reshape((base, base, 4 * w))(flow))
        for f in (2 * w, 3 * w // 2):
            flow = PixelShuffle(2)(LeakyReLU(0.1)(PatchConv2D(4 * f, 3, padding="same")(flow)))
        flow = LeakyReLU(0.1)(PatchConv2D(3 * w // 2, 3, padding="same")(flow))
        flow = PixelShuffle(4)(PatchConv2D(48, 3, padding="same")(flow))
        return keras.Model(
            code, keras.layers.Activation("sigmoid", dtype="float32")(flow), name=name
        )

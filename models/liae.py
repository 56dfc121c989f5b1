"""DeepFaceLab's larger shape that follows the target's light: one decoder, two codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from faceswap.model import Faces, Swapped
from faceswap.networks.saehd import Saehd


@dataclass(frozen=True)
class Liae(Saehd):
    """One decoder for both, fed with a code that both share and one of its own (SAEHD's `liae`).

    82 million weights at 128 px. A source's face is drawn from its code by `inter_AB` twice, a
    target's from that by `inter_B` and that by `inter_AB`; the swap is a target's face with
    `inter_AB` twice. For the letters of `variant` see `df`. It takes light and the shape of the
    head from the target, and some of its features too.
    """

    def build(self) -> Any:
        """The network: pictures of both sides to pictures of both sides, each with its mask."""
        from keras.layers import Concatenate
        from keras.tree import flatten

        from faceswap.networks import bottleneck
        from faceswap.networks.layers import Halve, given, outputs
        from faceswap.networks.swap_net import SwapNet

        encoder = self._encoder()
        features = encoder.output_shape[1]
        shared = self._inter(features, 2 * self.latent, "inter_AB")
        # What is the target's own may be anything: the source is never drawn from it.
        own = self._inter(features, 2 * self.latent, "inter_B", bottleneck.plain)
        sides, plain, light = given(encoder.input_shape[1:], bool(self.expressive))
        vector = encoder(plain)
        both, *told = flatten(shared(vector))
        source, target = Halve()(both)
        codes = ([source, source], [own(Halve()(vector)[1]), target])
        source, target = (Concatenate()(code) for code in codes)
        decoder = self._decoder("decoder", source.shape[1:])
        return SwapNet(sides, outputs([decoder(source), decoder(target)], light, told))

    def swap(self, net: Any, faces: Faces) -> Swapped:
        """The target's faces from the shared code alone; the mask is of both ways to draw it."""
        return Swapped.of(*net.both(self._by_code, faces))

    def redrawn(self, net: Any, faces: Any) -> Any:
        """The target's faces from the shared code alone."""
        return self._by_code(net, faces, ("AB",), training=True)[0]

    def _by_code(
        self, net: Any, faces: Any, inters: Sequence[str] = ("AB", "B"), training: bool = False
    ) -> tuple[Any, ...]:
        """Faces from the code of each of the inters, `AB` first, and that of `AB`; no gradient."""
        from keras.ops import concatenate, stop_gradient
        from keras.tree import flatten

        plain, *light = net.plain(faces)
        vector = net.get_layer("encoder")(plain, training=training)
        layers = (net.get_layer(f"inter_{name}") for name in inters)
        codes = [flatten(layer(vector, training=training))[0] for layer in layers]
        decoder = net.get_layer("decoder")
        whole = (stop_gradient(concatenate([code, codes[0]], -1)) for code in codes)
        drawn = (decoder(code, training=training) for code in whole)
        return tuple(net.lit(one, light) for one in drawn)

"""A face swapper of residual blocks, of the arithmetic of `original`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.networks.expressive import Expressive
from faceswap.options import option


@dataclass(frozen=True)
class Residual(Expressive):
    """Residual blocks on maps of 32, 16 and 8 places a side, whatever the picture's size.

    22 million weights, and with 128 px the arithmetic of `original` with 64 px. It begins and ends
    with squares of pixels as channels, so a larger picture costs hardly more, and spends what it
    has on blocks of two convolutions that add to their map. As `lite`, it is taught the expression
    and sees neither light nor background.
    """

    rate: ClassVar[float] = 5e-4

    size: int = option(128, "Side of a face in pixels.", choices=(64, 128, 256))
    latent: int = option(
        64, "Numbers a face is boiled down to beside its expression.", low=1, high=4096
    )
    width: int = option(
        96,
        "Channels of the map of 32; twice and four times as many of the others.",
        low=8,
        high=256,
    )
    depth: int = option(1, "Residual blocks on each map, at both ends.", low=1, high=8)
    attention: bool = option(False, "Let each place of two maps see all others.")

    @property
    def _base(self) -> tuple[int, int, int]:
        return 8, 8, 4 * self.width

    def _features(self, picture: Any) -> Any:
        from faceswap.networks.blocks import attentive, convolved
        from faceswap.networks.layers import PixelUnshuffle

        flow = PixelUnshuffle(self.size // 32)(picture)
        for times, stride in ((1, 1), (2, 2), (4, 2)):
            flow = self._blocks(convolved(flow, times * self.width, stride=stride))
        return attentive(flow, self.attention)

    def _picture(self, code: Any) -> Any:
        from faceswap.networks.blocks import attentive, upscaled
        from faceswap.networks.layers import PatchConv2D, PixelShuffle

        flow = attentive(upscaled(self._blocks(code), 2 * self.width), self.attention)
        flow = self._blocks(upscaled(self._blocks(flow), self.width))
        side = self.size // 32
        return PixelShuffle(side)(PatchConv2D(4 * side * side, 3, padding="same")(flow))

    def _blocks(self, flow: Any) -> Any:
        from faceswap.networks.blocks import residual

        for _ in range(self.depth):
            flow = residual(flow)
        return flow

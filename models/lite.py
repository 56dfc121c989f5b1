"""A small face swapper for processors: most of its arithmetic is products of small maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from faceswap.networks.expressive import Expressive
from faceswap.options import option


@dataclass(frozen=True)
class Lite(Expressive):
    """The idea of `original` at a tenth of its arithmetic, for minutes on two cores.

    Three million weights. Both ends work on squares of 4 by 4 pixels as channels, so nothing is
    done at the full size of the picture. The encoder sees the face without its light and
    background. What it boils it down to is first of all the expression, which it is taught from
    the landmarks, and few and noisy numbers more: left to itself with few pictures it finds a code
    for each person, and the target's open mouth may close the source's.
    """

    rate: ClassVar[float] = 1e-3

    size: int = option(128, "Side of a face in pixels.", choices=(64, 80, 96, 128))
    latent: int = option(
        32, "Numbers a face is boiled down to beside its expression.", low=1, high=4096
    )
    width: int = option(
        64, "Channels at a quarter of the side; more where it is smaller.", low=8, high=256
    )
    attention: bool = option(False, "Let each place of two maps see all others.")

    @property
    def _base(self) -> tuple[int, int, int]:
        return self.size // 16, self.size // 16, self.width

    def _features(self, picture: Any) -> Any:
        from faceswap.networks.blocks import attentive, convolved
        from faceswap.networks.layers import PixelUnshuffle

        flow = PixelUnshuffle(4)(picture)
        for times, stride in ((1, 1), (2, 2), (4, 2)):
            flow = convolved(flow, times * self.width, stride=stride)
        return attentive(flow, self.attention)

    def _picture(self, code: Any) -> Any:
        from faceswap.networks.blocks import attentive, convolved, upscaled
        from faceswap.networks.layers import PatchConv2D, PixelShuffle

        flow = attentive(upscaled(code, 2 * self.width), self.attention)
        flow = convolved(upscaled(flow, 3 * self.width // 2), 3 * self.width // 2)
        return PixelShuffle(4)(PatchConv2D(4 * 4 * 4, 3, padding="same")(flow))

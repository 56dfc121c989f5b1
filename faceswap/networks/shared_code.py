"""SharedCode: a swapper of a classic shape, whose code may be made the same for both people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faceswap.model import FaceModel
from faceswap.options import option


@dataclass(frozen=True, kw_only=True)
class SharedCode(FaceModel):
    """What lets a classic shape swap after fewer steps and with fewer pictures, by option."""

    expressive: int = option(
        0,
        "Boil a face down as `lite` does: without its light and background, to its expression, "
        "which is taught from the landmarks, and so many noisy numbers (32); 0 for the classic.",
        low=0,
        high=1024,
    )

    def _drawn(self, flow: Any, channels: int, kernel: int) -> Any:
        """Pixels and masks from 0 to 1, or as an expressive model's are."""
        from faceswap.networks.blocks import drawn

        return drawn(flow, channels, kernel, "linear" if self.expressive else "sigmoid")

    @staticmethod
    def _coder(given: Any, code: Any, told: list[Any], name: str) -> Any:
        """A `keras.Model` of this name to codes, and the expression where that is told."""
        import keras

        return keras.Model(given, [code, *told] if told else code, name=name)

    def _narrowed(self, flow: Any, latent: int) -> tuple[Any, list[Any]]:
        """A flat vector as `latent` numbers, and the expression where that is told."""
        from faceswap.networks import bottleneck

        if self.expressive:
            return bottleneck.expressive(flow, self.expressive)
        return bottleneck.plain(flow, latent)

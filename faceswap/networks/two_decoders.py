"""TwoDecoders: an encoder that both faces share and a decoder for each, the classic deepfake."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from faceswap.data.dataset import SIDES
from faceswap.model import FaceModel, Faces, Swapped


@dataclass(frozen=True)
class TwoDecoders(FaceModel):
    """A subclass brings the two kinds of networks; a face is swapped by the other's decoder."""

    @abstractmethod
    def _encoder(self) -> Any:
        """A `keras.Model` from pictures to codes, called `encoder`."""

    @abstractmethod
    def _decoder(self, name: str, code: tuple[int, ...]) -> Any:
        """A `keras.Model` of this name from codes of this shape to pictures."""

    def build(self) -> Any:
        """The network: pictures of both sides to pictures of both sides."""
        from faceswap.networks.layers import both_sides

        encoder = self._encoder()
        code = encoder.output_shape[1:]
        return both_sides(encoder, *(self._decoder(f"decoder_{side}", code) for side in SIDES))

    def swap(self, net: Any, faces: Faces) -> Swapped:
        """The target's faces decoded as the source, and their masks if there are."""
        drawn, copies = net.both(_decoded, faces)
        return Swapped.of(drawn, copies, self.lesson.mask)

    def redrawn(self, net: Any, faces: Any) -> Any:
        """The target's faces decoded as the source, with no gradient for the code."""
        return _decoded(net, faces, ("source",), training=True)[0]


def _decoded(
    net: Any, faces: Any, sides: Sequence[str] = SIDES, training: bool = False
) -> tuple[Any, ...]:
    from keras.ops import stop_gradient

    code = stop_gradient(net.get_layer("encoder")(faces, training=training))
    return tuple(net.get_layer(f"decoder_{side}")(code, training=training) for side in sides)

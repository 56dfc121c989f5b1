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
        """A `keras.Model` from pictures to codes, called `encoder`.

        Of an expressive model, pictures are without their light, and the expression comes second.
        """

    @abstractmethod
    def _decoder(self, name: str, code: tuple[int, ...]) -> Any:
        """A `keras.Model` of this name from codes of this shape to pictures.

        Of an expressive model, pictures are without their light, and masks are logits.
        """

    def build(self) -> Any:
        """The network: pictures of both sides to pictures of both sides."""
        from faceswap.networks.layers import both_sides

        encoder = self._encoder()
        code = encoder.outputs[0].shape[1:]
        source, target = (self._decoder(f"decoder_{side}", code) for side in SIDES)
        return both_sides(encoder, source, target, bool(self.expressive))

    def swap(self, net: Any, faces: Faces) -> Swapped:
        """The target's faces decoded as the source, and their masks if there are."""
        drawn, copies = net.both(self._decoded, faces)
        return Swapped.of(drawn, copies, self.lesson.mask)

    def redrawn(self, net: Any, faces: Any) -> Any:
        """The target's faces decoded as the source, with no gradient for the code."""
        return self._decoded(net, faces, ("source",), training=True)[0]

    def _decoded(
        self, net: Any, faces: Any, sides: Sequence[str] = SIDES, training: bool = False
    ) -> tuple[Any, ...]:
        """Faces as each of the sides, in their own light if the model is expressive."""
        from keras.ops import stop_gradient
        from keras.tree import flatten

        plain, *light = net.plain(faces)
        code = stop_gradient(flatten(net.get_layer("encoder")(plain, training=training))[0])
        drawn = (net.get_layer(f"decoder_{side}")(code, training=training) for side in sides)
        return tuple(net.lit(one, light) for one in drawn)

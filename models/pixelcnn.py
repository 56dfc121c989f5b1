"""PixelCNN: grey faces pixel by pixel, each from all before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from faceswap.generation.generative import in_parts
from faceswap.model import PLAIN, FaceModel, Faces
from faceswap.options import option

if TYPE_CHECKING:
    from faceswap.training.optimizing import Optimizing


@dataclass(frozen=True)
class PixelCnn(FaceModel):
    """A network that says of each pixel how likely each grey level is (van den Oord et al. 2016).

    What a face costs in bits is known exactly, and the lower half of one can be made up for the
    upper. Faces are small, grey and of few levels. They are drawn pixel after pixel, each from
    what was found at those before it: forty of 32 pixels a second.
    """

    data: ClassVar[str] = "faces"
    rate: ClassVar[float] = 2e-3
    momentum: ClassVar[float] = 0.9
    batch: ClassVar[int] = 8
    drawn: ClassVar[int] = 96

    size: int = option(32, "Side of a face in pixels.", choices=(8, 16, 32))
    levels: int = option(8, "Grey levels.", low=2, high=256)
    width: int = option(32, "Channels of each stack.", low=2, high=256)
    depth: int = option(10, "Layers after the first.", low=1, high=30)
    kernel: int = option(3, "Side of their kernels.", choices=(3, 5, 7))
    stack: str = option(
        "gated",
        "Two gated stacks that see all before, or one, blind to the right.",
        choices=("gated", "single"),
    )

    def build(self) -> Any:
        """The network; its pictures may have fewer rows."""
        import keras

        from faceswap.networks.masked_layers import PlaceMap, gated_stacks, single_stack
        from faceswap.networks.pixel_net import PixelNet

        stacks = gated_stacks if self.stack == "gated" else single_stack
        picture = keras.Input((None, self.size, 1))
        places = PlaceMap(self.size, self.width)(picture)
        flow = stacks(picture, places, self.width, self.depth, self.kernel)
        flow = keras.layers.Conv2D(self.width, 1, activation="relu")(flow)
        logits = keras.layers.Conv2D(self.levels, 1, dtype="float32")(flow)
        return PixelNet(picture, logits)

    def compile(self, net: Any, rate: float, how: Optimizing = PLAIN) -> None:
        """Give `net` its optimiser; its loss is its own."""
        net.compile(how.stepper(rate, self.momentum), jit_compile=False)

    def sample(self, net: Any, count: int, seed: int, psi: float = 1.0, **controls: Any) -> Faces:
        """Faces from the first pixel to the last; `psi` is the temperature of each choice."""
        nothing = np.zeros((count, self.size, self.size), np.int32)
        known = np.zeros((self.size, self.size), bool)
        return self._drawn(net, nothing, known, seed, psi)

    def complete(self, net: Any, faces: Faces, known: NDArray[np.bool_], seed: int) -> Faces:
        """The faces in grey, what is not known of them made up."""
        return self._drawn(net, self.quantised(faces), known, seed)

    def shown(self, faces: Faces) -> Faces:
        """The faces in grey and of few levels."""
        return self._lit(self.quantised(faces))

    def quantised(self, faces: Faces) -> NDArray[np.int32]:
        """The grey levels (n, s, s) of faces."""
        from faceswap.networks.pixel_net import quantised

        return np.asarray(quantised(faces, self.levels), np.int32)

    def bits(self, net: Any, grey: NDArray[np.int32]) -> float:
        """What a pixel costs, of all faces."""
        return float(in_parts(net.bits, grey).mean())

    def _drawn(
        self, net: Any, grey: Any, known: NDArray[np.bool_], seed: int, psi: float = 1.0
    ) -> Faces:
        def shown(some: Any, chance: Any) -> Faces:
            return self._lit(net.drawn(some, known, chance, psi))

        return in_parts(shown, grey, self._chance(len(grey), seed))

    def _chance(self, count: int, seed: int) -> NDArray[np.float32]:
        """A number a pixel; those of a face depend on the seed and its place alone."""
        shape = (self.size, self.size)
        drawn = [np.random.default_rng([seed, n]).random(shape, np.float32) for n in range(count)]
        return np.asarray(drawn, np.float32)

    def _lit(self, grey: NDArray[np.int32]) -> Faces:
        middle = ((grey + 0.5) / self.levels).astype(np.float32)
        return np.repeat(middle[..., None], 3, axis=-1)

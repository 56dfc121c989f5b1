"""AdversarialModel: a recipe for faces made from noise, by a generator that a critic teaches."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from faceswap.errors import BadOption
from faceswap.model import FaceModel, Faces
from faceswap.options import option

#: Pictures made at a time.
AT_ONCE = 64

Inputs = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class AdversarialModel(FaceModel):
    """What all adversarial models share; a subclass brings the two networks and its rules."""

    data: ClassVar[str] = "faces"
    batch: ClassVar[int] = 32
    #: A line of the paper's table, as keywords of `faceswap.gan.Rules`.
    rules: ClassVar[dict[str, Any]] = {}
    #: Decays of Adam's two moments.
    betas: ClassVar[tuple[float, float]] = (0.5, 0.999)

    size: int = option(32, "Side of a face in pixels.", choices=(32, 64))
    latent: int = option(128, "Random numbers a face is made of.", low=4, high=1024)
    width: int = option(
        32, "Channels of the widest maps' layers; more where the map is smaller.", low=8, high=512
    )
    game: str = option(
        "own",
        "What critic and generator lose by; own: as in the paper.",
        choices=("own", "non_saturating", "wasserstein", "least_squares", "hinge"),
    )
    augment_critic: str = option(
        "move",
        "How faces are changed before the critic sees them: not, light and tint, moved as well, "
        "a square cut out as well.",
        choices=("none", "color", "move", "all"),
    )
    average: float = option(
        0.995, "How much of the generator's running mean a step keeps.", low=0, high=0.99999
    )

    @abstractmethod
    def generator(self) -> Any:
        """A `keras.Model` from random inputs to pictures from -1 to 1; see `Gan`."""

    @abstractmethod
    def critic(self) -> Any:
        """A `keras.Model` from pictures, and labels where there are any, to scores (n, 1)."""

    def build(self) -> Any:
        """The network of both."""
        from faceswap.gan import Gan, Rules

        return Gan(self.generator(), self.generator(), self.critic(), Rules(**self._rules()))

    def compile(self, net: Any, rate: float) -> None:
        """Give `net` an optimiser for the generator and one for the critic."""
        net.compile(self.optimizer(rate), self.optimizer(rate))

    def optimizer(self, rate: float) -> Any:
        """What steps: here Adam."""
        from faceswap.adam import FusedAdam

        return FusedAdam(rate, *self.betas)

    def sample(self, net: Any, count: int, seed: int, **controls: Any) -> Faces:
        """`count` faces (n, size, size, 3) from 0 to 1; the same of the same seed and controls.

        Raises:
            BadOption: For a control that the model does not have.
        """
        return self.drawn(net, self.inputs(net, count, seed, **controls))

    def inputs(self, net: Any, count: int, seed: int, **controls: Any) -> Inputs:
        """The generator's inputs of these faces; the first few do not depend on how many."""
        if controls:
            raise BadOption(f"model {self.name} has no control `{next(iter(controls))}`")
        return {
            given.name: normal((count, *given.shape[1:]), seed, number)
            for number, given in enumerate(net.generator.inputs)
        }

    def drawn(self, net: Any, inputs: Inputs) -> Faces:
        """The faces that the generator's running mean makes of its inputs."""
        count = len(next(iter(inputs.values())))
        parts = [
            net({name: values[n : n + AT_ONCE] for name, values in inputs.items()}, training=False)
            for n in range(0, count, AT_ONCE)
        ]
        return np.clip(np.concatenate(parts).astype(np.float32) / 2 + 0.5, 0, 1)

    def _rules(self) -> dict[str, Any]:
        game = {} if self.game == "own" else {"game": self.game}
        return self.rules | {"augment": self.augment_critic, "average": self.average} | game


def normal(shape: tuple[int, ...], seed: int, number: int) -> NDArray[np.float32]:
    """Normal numbers of a seed, others for each `number`."""
    return np.random.default_rng((seed, number)).standard_normal(shape, np.float32)

"""AdversarialModel: a recipe for faces made from noise, by a generator that a critic teaches."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from faceswap.errors import BadOption
from faceswap.generation.generative import Latents, in_parts
from faceswap.model import PLAIN, FaceModel, Faces
from faceswap.options import option
from faceswap.training.optimizing import Optimizing


@dataclass(frozen=True)
class AdversarialModel(FaceModel):
    """What all adversarial models share; a subclass brings the two networks and its rules."""

    data: ClassVar[str] = "faces"
    batch: ClassVar[int] = 32
    #: A line of the paper's table, as keywords of `faceswap.generation.gan.Rules`.
    rules: ClassVar[dict[str, Any]] = {}
    #: Whether something bounds the critic's slope: no Wasserstein distance without.
    bounded: ClassVar[bool] = True
    #: Decays of Adam's two moments.
    betas: ClassVar[tuple[float, float]] = (0.5, 0.999)

    size: int = option(32, "Side of a face in pixels.", choices=(16, 32, 64))
    latent: int = option(128, "Random numbers a face is made of.", low=8, high=1024)
    width: int = option(
        32, "Channels of the largest maps' layers; more where the map is smaller.", low=8, high=512
    )
    game: str = option(
        "own",
        "What critic and generator lose by; own: as in the paper.",
        choices=("own", "non_saturating", "wasserstein", "least_squares", "hinge"),
    )
    augment_critic: str = option(
        "color",
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

    def check(self) -> None:
        """Refuse a Wasserstein distance where the critic may have any slope."""
        if self.game == "wasserstein" and not self.bounded:
            raise BadOption(
                f"game=wasserstein: nothing bounds the slope of {self.name}'s critic: take "
                "--model wgan_gp or wgan; with labels, sagan"
            )

    def build(self) -> Any:
        """The network of both."""
        from faceswap.generation.gan import Gan, Rules

        return Gan(self.generator(), self.generator(), self.critic(), Rules(**self.taught_by()))

    def compile(self, net: Any, rate: float, how: Optimizing = PLAIN) -> None:
        """Give `net` an optimiser for the generator and one for the critic.

        Raises:
            BadOption: For weights of a loss's terms, of which this loss has none.
        """
        if how.loss:
            raise BadOption(f"loss: model {self.name} has no such terms: choose with --set game=")
        net.compile(self.optimizer(rate), self.optimizer(rate))

    def optimizer(self, rate: float) -> Any:
        """What steps: here Adam."""
        from faceswap.optimizers.adam import FusedAdam

        return FusedAdam(rate, *self.betas)

    def taught_by(self) -> dict[str, Any]:
        """The rules with what the options say."""
        game = {} if self.game == "own" else {"game": self.game}
        return self.rules | {"augment": self.augment_critic, "average": self.average} | game

    def sample(self, net: Any, count: int, seed: int, **controls: Any) -> Faces:
        """Faces (count, size, size, 3) that are nobody's, from 0 to 1.

        Args:
            net: What `build` returned, trained.
            count: How many.
            seed: The same faces for the same seed; of more faces, the first are the same.
            controls: `psi`, how far from the mean of all, 1 being as learnt; and the model's own.

        Raises:
            BadOption: For a control that the model does not have.
        """
        latents = self.wanted(net, count, seed, **controls)
        return in_parts(partial(self.decode, net), latents)

    def wanted(self, net: Any, count: int, seed: int, **controls: Any) -> Latents:
        """The latents that `sample` draws from; raises `BadOption` for an unknown control."""
        psi = float(controls.pop("psi", 1.0))
        latents = self.chosen(self.latents(net, count, seed), controls)
        if controls:
            raise BadOption(f"model {self.name} has no control `{next(iter(controls))}`")
        return self.shrunk(net, latents, psi)

    def latents(self, net: Any, count: int, seed: int) -> Latents:
        """The random numbers (count, features) that faces are made of."""
        return normal((count, self.latent), seed)

    def chosen(self, latents: Latents, controls: dict[str, Any]) -> Latents:
        """The latents with the controls that the model has, which are taken out: here none."""
        return latents

    def shrunk(self, net: Any, latents: Latents, psi: float) -> Latents:
        """Latents nearer to the usual: `psi` of the way to them."""
        return np.float32(psi) * latents

    def decode(self, net: Any, latents: Any) -> Any:
        """The faces (n, size, size, 3), float32 from 0 to 1, of latents; in TensorFlow alone."""
        return shown(net({"z": latents}))


def shown(pictures: Any) -> Any:
    """Pictures from -1 to 1 as such from 0 to 1, cut off at both ends."""
    import tensorflow as tf

    return tf.clip_by_value(pictures / 2.0 + 0.5, 0.0, 1.0)


def normal(shape: tuple[int, ...], seed: int, number: int = 0) -> Latents:
    """Normal numbers of a seed, others for each `number`; of more rows, the first are the same."""
    return np.random.default_rng((seed, number)).standard_normal(shape, np.float32)

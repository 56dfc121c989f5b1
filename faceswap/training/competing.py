"""Competing: the options of discriminators that a swap network learns to fool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from faceswap.options import option

if TYPE_CHECKING:
    from faceswap.model import FaceModel

#: The kinds that there are, functions of `faceswap.networks.discriminators`, and what fooling one
#: of them counts where nobody says otherwise: `patch` as in faceswap-GAN.
DISCRIMINATORS = {"patch": 0.1, "unet": 0.5}
_OWN = ", ".join(f"{weight:g} for `{kind}`" for kind, weight in DISCRIMINATORS.items())


@dataclass(frozen=True)
class Competing:
    """Options of a stage that trains a model beside discriminators."""

    discriminator: str = option(
        "auto",
        "What learns to tell drawn faces from real ones, for the model to fool; may be switched on "
        "late. auto: the model's own.",
        choices=("auto", "none", *DISCRIMINATORS),
        affects="effort",
    )
    discriminator_weight: float = option(
        0.0,
        f"What fooling it counts beside the loss; 0: {_OWN}.",
        low=0,
        high=100,
        affects="effort",
    )
    discriminator_from: float = option(
        0.0,
        "Share of the training from which it learns along, 0 to 1: late, when there is something "
        "to sharpen, or from the beginning.",
        low=0,
        high=1,
        affects="effort",
    )

    def rival(self, model: FaceModel) -> str:
        """The kind of discriminator that this model learns with."""
        return model.discriminator if self.discriminator == "auto" else self.discriminator

    def rivals(self, model: FaceModel) -> Any:
        """Fresh discriminators, or None."""
        kind = self.rival(model)
        if kind == "none":
            return None
        from faceswap.training.adversarial import Rivals

        size, laid = vars(model)["size"], model.lesson.alpha
        weight = self.discriminator_weight or DISCRIMINATORS[kind]
        return Rivals(kind, size, weight, laid, self.discriminator_from)

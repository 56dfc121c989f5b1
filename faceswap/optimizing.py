"""Optimizing: the options that say what is made small in a training, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from faceswap.competing import Competing
from faceswap.errors import BadOption
from faceswap.options import named_values, option
from faceswap.precision import PRECISIONS
from faceswap.terms import HELP

if TYPE_CHECKING:
    from faceswap.model import FaceModel


@dataclass(frozen=True)
class Optimizing(Competing):
    """Options of a stage that trains a model."""

    loss: tuple[str, ...] = option(
        (),
        "Weights of the loss's terms over the model's own, as in `l1=1,dssim=2`; 0 for none: "
        "docs/training.md tells of them.",
    )
    learning_rate: float = option(
        0.0, "Length of the optimiser's steps; 0 takes the model's own.", low=0, affects="effort"
    )
    precision: str = option("auto", "What the network computes with.", choices=PRECISIONS)
    freeze: tuple[str, ...] = option(
        (), "Parts of the network that learn no more, as in `encoder`."
    )
    finish: float = option(
        0.5,
        "Last part of the training, over which steps get shorter and the warp weaker.",
        low=0,
        high=1,
        affects="effort",
    )

    def terms(self, model: FaceModel) -> dict[str, float]:
        """The weights of a loss's terms: the model's own, or those of `--loss`; none is 0.

        Raises:
            BadOption: For a term that there is not or that is not for this model, or no weight.
        """
        asked = named_values("loss", self.loss)
        weights = dict(model.terms) | {name: _weight(name, text) for name, text in asked.items()}
        unknown = ", ".join(sorted(weights.keys() - HELP.keys()))
        if unknown:
            raise BadOption(f"no term `{unknown}` of a loss: there are {', '.join(sorted(HELP))}")
        terms = {name: weight for name, weight in weights.items() if weight}
        if not terms:
            raise BadOption("there is nothing to learn by: leave a term in the loss")
        if "mask" in terms and not model.lesson.mask:
            raise BadOption(f"loss: {model.name} draws no masks")
        if "expression" in terms and not model.lesson.expression:
            raise BadOption(f"loss: {model.name} is taught no expression")
        return terms

    def stepper(self, rate: float, momentum: float) -> Any:
        """An optimiser of Keras.

        Args:
            rate: Length of its steps.
            momentum: How much of the gradients' mean is kept at each step.
        """
        from faceswap.adam import FusedAdam

        return FusedAdam(rate, beta_1=momentum, beta_2=0.999)


def _weight(name: str, text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = -1.0
    if not 0 <= weight <= 1e6:
        raise BadOption(f"loss: {name} takes a weight from 0 to 1e6, not {text!r}")
    return weight

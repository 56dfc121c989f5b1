"""Optimizing: the options that say what is made small in a training, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from faceswap.data.lesson import Lesson
from faceswap.errors import BadOption
from faceswap.networks.precision import PRECISIONS
from faceswap.networks.terms import ALPHA, EYED, HELP, MASKED
from faceswap.optimizers.schedule import SCHEDULES, Schedule
from faceswap.options import named_values, option
from faceswap.training.competing import Competing

if TYPE_CHECKING:
    from faceswap.model import FaceModel
    from faceswap.training.training import Clock

#: What `--optimizer` takes: file and name of its class, and what is its own.
OPTIMIZERS: dict[str, tuple[str, str, dict[str, float]]] = {
    "adam": ("adam", "FusedAdam", {}),
    "adamw": ("adam", "FusedAdam", {"weight_decay": 0.01}),
    "adabelief": ("adabelief", "AdaBelief", {}),
    "lion": ("lion", "Lion", {}),
}
#: Options that say how much pixels of a part count: fields of `Lesson` too.
WEIGHED = ("face", "eyes", "mouth")


@dataclass(frozen=True)
class Optimizing(Competing):
    """Options of a stage that trains a model."""

    loss: tuple[str, ...] = option(
        (),
        "Weights of the loss's terms over the model's own, as in `l1=1,dssim=2`; 0 for none: "
        "docs/training.md tells of them.",
    )
    masked: bool = option(False, "Learn the face alone: nothing outside of its mask counts.")
    face: float = option(
        0.0, "Times that a pixel of the face counts; 0 takes the model's own.", low=0, high=100
    )
    eyes: float = option(
        0.0, "The same of one of the eyes; 0 takes the model's own.", low=0, high=100
    )
    mouth: float = option(
        0.0, "The same of one of the mouth; 0 takes the model's own.", low=0, high=100
    )
    optimizer: str = option(
        "adam", "What takes the steps: docs/training.md tells of them.", choices=tuple(OPTIMIZERS)
    )
    learning_rate: float = option(
        0.0, "Length of the optimiser's steps; 0 takes the model's own.", low=0, affects="effort"
    )
    warmup: int = option(0, "First steps, over which they grow to their length.", low=0)
    schedule: str = option(
        "finish",
        "How the steps' length goes on: shorter over the last part (`finish`), along a cosine from "
        "the beginning, or constant.",
        choices=SCHEDULES,
        affects="effort",
    )
    lr_dropout: float = option(
        0.0,
        "Share of the weights that each step moves, in waves of 500 steps: 0.3 is "
        "DeepFaceLab's; 0 moves all.",
        low=0,
        high=1,
        affects="effort",
    )
    clip: float = option(
        0.0, "Longest gradient, all weights together; 0 for any.", low=0, affects="effort"
    )
    accumulate: int = option(
        1, "Batches that make one step, for a large batch in little memory.", low=1, high=16
    )
    ema: float = option(
        0.0,
        "How much of the weights' running mean is kept at each step, as in 0.999; that mean is "
        "measured, shown and becomes the model. 0 for none.",
        low=0,
        high=0.99999,
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
        own = {n: w for n, w in model.terms.items() if n != "expression" or model.expressive}
        weights = own | {name: _weight(name, text) for name, text in asked.items()}
        unknown = ", ".join(sorted(weights.keys() - HELP.keys()))
        if unknown:
            raise BadOption(f"no term `{unknown}` of a loss: there are {', '.join(sorted(HELP))}")
        terms = {name: weight for name, weight in weights.items() if weight}
        if not terms:
            raise BadOption("there is nothing to learn by: leave a term in the loss")
        if ALPHA & terms.keys() and not (model.lesson.mask or model.lesson.alpha):
            raise BadOption(f"loss: {model.name} draws no masks")
        if "expression" in terms and not model.expressive:
            raise BadOption(f"loss: {model.name} is taught no expression")
        return terms

    @property
    def for_swaps(self) -> str:
        """An option that was given and that is for models that swap; empty without any."""
        own = ("masked", "optimizer", "lr_dropout", "clip", "accumulate", "ema")
        names = (*own, *WEIGHED)
        given = [name for name in names if getattr(self, name) != getattr(Optimizing, name)]
        return "--" + given[0].replace("_", "-") if given else ""

    def lesson(self, model: FaceModel) -> Lesson:
        """What a model is taught, with the masks that its loss asks for."""
        own, terms = model.lesson, self.terms(model)
        parts = {part: getattr(self, part) or getattr(own, part) for part in WEIGHED}
        mask = own.mask or self.masked or bool(MASKED & terms.keys())
        eye_map = own.eye_map or bool(EYED & terms.keys())
        expression = "expression" in terms
        return replace(own, mask=mask, eye_map=eye_map, expression=expression, **parts)

    def compile(self, model: FaceModel, net: Any, rate: float) -> None:
        """Give the `SwapNet` of a model that swaps its loss and optimiser."""
        from faceswap.model import Swaps

        assert isinstance(model, Swaps)
        optimizer, terms = self.stepper(rate, model.momentum), self.terms(model)
        net.compile(
            optimizer,
            terms,
            model.phases,
            self.rivals(model),
            partial(model.redrawn, net),
            self.masked,
            self.accumulate,
            jit_compile=False,
        )

    def stepper(self, rate: float, momentum: float) -> Any:
        """An optimiser of Keras, for the precision that networks are built in here.

        Args:
            rate: Length of its steps.
            momentum: How much of the gradients' mean Adam keeps at each step.
        """
        from faceswap.optimizers.scaled import scaled

        module, name, own = OPTIMIZERS[self.optimizer]
        kind = getattr(import_module(f"faceswap.optimizers.{module}"), name)
        given = {"beta_1": momentum, "beta_2": 0.999} if name == "FusedAdam" else {}
        made = kind(rate, **given, **own)
        made.longest, made.average, made.moved = self.clip, self.ema, self.lr_dropout
        if "weight_decay" in own:
            made.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        return scaled(made)

    @property
    def slots(self) -> int:
        """Numbers that the optimiser keeps of each weight."""
        return (1 if self.optimizer == "lion" else 2) + bool(self.ema)

    def rate(self, model: FaceModel) -> float:
        """The rate of a model's steps where nothing shortens them."""
        return self.learning_rate or model.rate

    def pace(self, clock: Clock) -> Callable[[int], float]:
        """The part of the rate that each step has."""
        waves, part = bool(self.lr_dropout), 1 / 2**clock.halved
        schedule = Schedule(self.schedule, self.warmup, waves, clock.share, clock.ease)
        return lambda step: part * schedule(step)


def _weight(name: str, text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = -1.0
    if not 0 <= weight <= 1e6:
        raise BadOption(f"loss: {name} takes a weight from 0 to 1e6, not {text!r}")
    return weight

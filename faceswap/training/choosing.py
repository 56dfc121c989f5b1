"""Choosing: the options that say which model is trained, for how long, and from where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from faceswap import plugins
from faceswap.errors import BadOption
from faceswap.model import FaceModel
from faceswap.options import create, named_values, option
from faceswap.training.recommendation import SIZES, Choice, chosen
from faceswap.workspace import Workspace

#: The model that is chosen by `recommendation`.
AUTO = "auto"


@dataclass(frozen=True)
class Choosing:
    """Options of a stage that trains a model."""

    model: str = option(
        AUTO, "Which model, as `faceswap models` tells of them; auto: by the machine and the faces."
    )
    set: tuple[str, ...] = option((), "Options of the model, as in `size=64,latent=128`.")
    iterations: int = option(
        0, "Steps in all, resumptions included; 0 for no limit.", low=0, affects="effort"
    )
    minutes: float = option(
        20.0, "Minutes in all, resumptions included; 0 for no limit.", low=0, affects="effort"
    )
    batch: int = option(0, "Faces a side in each step; 0 takes the model's own.", low=0, high=1024)
    seed: int = option(0, "Where the random numbers start.", low=0)
    from_model: str = option(
        "",
        "Begin with what was learnt in this workspace, or folder of a model or snapshot; of "
        "another model, with the parts that are alike.",
    )
    take: tuple[str, ...] = option(
        (), "Parts that --from-model gives, as in `encoder`; none: all that are alike."
    )

    def settled(self, work: Workspace, anew: bool = False) -> tuple[Self, Choice | None]:
        """The same with the model that `auto` stands for, and the choice; else none.

        Args:
            work: Where its faces are; what was chosen for it before stands, unless `anew`.
            anew: Whether what is there is thrown away.
        """
        if self.model != AUTO:
            return self, None
        found = chosen(work, anew)
        options = {**found.options, **named_values("set", self.set)}
        texts = tuple(f"{name}={value}" for name, value in options.items())
        batch = self.batch or found.batch
        stage = replace(self, model=found.model, set=texts, batch=batch)
        return stage, Choice(found.model, asdict(stage.recipe()), batch, found.why)

    def possible(self, suits: Callable[[FaceModel], Any]) -> None:
        """Refuse options that suit none of the models that `auto` may stand for."""
        for number, name in enumerate(SIZES, 1):
            try:
                suits(replace(self, model=name).recipe())
                return
            except BadOption:
                if number == len(SIZES):
                    raise

    def recipe(self) -> FaceModel:
        """The model with the options of `--set`."""
        given = named_values("set", self.set)
        model = create(plugins.load("models", self.model), given, f"model {self.model}: ")
        assert isinstance(model, FaceModel)
        return model

    def ends(self) -> None:
        """Refuse training without an end."""
        if not self.iterations and not self.minutes:
            raise BadOption("training would never end: give --iterations or --minutes")

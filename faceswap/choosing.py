"""Choosing: the options that say which model is trained, for how long, and from where."""

from __future__ import annotations

from dataclasses import dataclass

from faceswap import plugins
from faceswap.errors import BadOption
from faceswap.model import FaceModel
from faceswap.options import create, named_values, option


@dataclass(frozen=True)
class Choosing:
    """Options of a stage that trains a model."""

    model: str = option("lite", "Which model; `faceswap models` tells of them.")
    set: tuple[str, ...] = option((), "Options of the model, as in `size=64,latent=128`.")
    iterations: int = option(
        0, "Steps in all, resumptions included; 0 for no limit.", low=0, affects="effort"
    )
    minutes: float = option(
        20.0, "Minutes in all, resumptions included; 0 for no limit.", low=0, affects="effort"
    )
    batch: int = option(0, "Faces a side in each step; 0 takes the model's own.", low=0, high=1024)
    seed: int = option(0, "Where the random numbers start.", low=0)

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

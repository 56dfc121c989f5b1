"""Choosing: the options that say which model learns from which faces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap import plugins
from faceswap.errors import BadOption, Unsupported
from faceswap.generative import ONE_SIDED, Labelled
from faceswap.labels import Labels
from faceswap.model import FaceModel, Swaps
from faceswap.options import create, option
from faceswap.packed import PackedFaces
from faceswap.workspace import SIDES, Workspace


@dataclass(frozen=True)
class Choosing:
    """Options of a stage that trains a model."""

    model: str = option("lite", "Which model; `faceswap models` tells of them.")
    set: tuple[str, ...] = option((), "Options of the model, as in `size=64,latent=128`.")
    side: str = option(
        "source",
        "Side that a model of faces learns; one that swaps learns both.",
        choices=SIDES,
    )
    classes: str = option(
        "", "Column of the faces' labels that a model of labels learns: docs/synthesis.md."
    )

    def recipe(self) -> FaceModel:
        """The model with the options of `--set`."""
        given = dict(_pair(text) for text in self.set)
        model = create(plugins.load("models", self.model), given, f"model {self.model}: ")
        assert isinstance(model, FaceModel)
        return model

    @property
    def one_sided(self) -> bool:
        """Whether the model learns the faces of one side."""
        return self.recipe().data in ONE_SIDED

    def check_model(self) -> None:
        """Refuse a model that there is no way to train, and labels that are missing."""
        model = self.recipe()
        if model.data == "labelled" and not self.classes:
            raise BadOption(f"model {self.model} learns classes: say --classes smile, say")
        if model.data not in ONE_SIDED and not isinstance(model, Swaps):
            raise Unsupported(f"model {self.model} cannot be trained: choose another --model")

    def taught(self, work: Workspace) -> tuple[FaceModel, NDArray[np.int32] | None]:
        """The model with the names of its classes, and the class of each packed face.

        Raises:
            BadOption: Where the column is none that has classes.
        """
        model = self.recipe()
        if not isinstance(model, Labelled):
            return model, None
        names, classes = self.labels(work).classes(self.classes)
        joined: dict[str, Any] = {"classes": ",".join(n.replace(",", ";") for n in names)}
        return replace(model, **joined), classes

    def labels(self, work: Workspace) -> Labels:
        """What is known of the packed faces of the side."""
        packed = PackedFaces(work.require(f"{self.side}/pairs"))
        return Labels.load(packed.folder, len(packed.faces))


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadOption(f"set takes NAME=VALUE, not {text!r}")
    return name.strip(), value.strip()

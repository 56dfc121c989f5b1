"""OneSide: the options that say which faces a model of faces learns, and their labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap.data.labels import Labels
from faceswap.data.packed import PackedFaces
from faceswap.errors import BadOption, Unsupported
from faceswap.generation.generative import ONE_SIDED, Labelled
from faceswap.model import FaceModel, Swaps
from faceswap.options import option
from faceswap.training.choosing import AUTO, Choosing
from faceswap.workspace import SIDES, Workspace


@dataclass(frozen=True)
class OneSide(Choosing):
    """Options of a stage that trains a model, of one side's faces as well."""

    side: str = option(
        "source",
        "Side that a model of faces learns; one that swaps learns both.",
        choices=SIDES,
    )
    classes: str = option(
        "", "Column of the faces' labels that a model of labels learns: docs/synthesis.md."
    )

    @property
    def one_sided(self) -> bool:
        """Whether the model learns the faces of one side."""
        return self.model != AUTO and self.recipe().data in ONE_SIDED

    def check_model(self) -> None:
        """Refuse a model that there is no way to train so, and labels that are missing."""
        model = self.recipe()
        model.check()
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

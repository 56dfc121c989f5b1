"""Trained: what a workspace knows of how its model was trained."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from faceswap import plugins
from faceswap.data.face_batches import FaceBatches
from faceswap.data.held_out import Split, split
from faceswap.data.labels import Labels
from faceswap.data.packed import PackedFaces
from faceswap.generation.generative import ONE_SIDED
from faceswap.workspace import Workspace


@dataclass(frozen=True)
class Trained:
    """The options that a workspace's model was trained with.

    Attributes:
        work: The workspace.
        options: Those of the stage `train`, by name; empty where nobody knows.
    """

    work: Workspace
    options: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, work: Workspace) -> Trained:
        """As the manifest has it."""
        made = work.manifest().artefacts.get("model")
        return cls(work, dict(made.options) if made else {})

    @property
    def one_sided(self) -> bool:
        """Whether it is a model of faces; if none is there, whether none but such can be."""
        name = self.options.get("model")
        if name in plugins.names("models"):
            return plugins.load("models", name).data in ONE_SIDED
        return self.work.lacks("target")

    @property
    def side(self) -> str:
        """The side whose faces a model of faces learnt."""
        return str(self.options.get("side", "source"))

    def split(self, packed: PackedFaces) -> Split:
        """Which faces of a side were learnt, and which show how well."""
        return split(len(packed.faces), float(self.options.get("held_out", 0.1)))

    def feed(self, side: str, size: int) -> FaceBatches:
        """The faces of a side at a size, of which those that were learnt are known."""
        packed = PackedFaces(self.work.require(f"{side}/pairs"))
        classes = None
        if column := self.options.get("classes"):
            classes = Labels.load(packed.folder, len(packed.faces)).classes(column)[1]
        return FaceBatches(packed, size, 1, learnt=self.split(packed).learnt, classes=classes)

"""The mean of many faces, or their median: no network, and the first picture of any set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from faceswap.data.labels import Labels
from faceswap.errors import NoFaces
from faceswap.model import FaceModel, Faces
from faceswap.options import option
from faceswap.stage import Summary

#: Fewer faces than this are no mean of anybody: noise falls as one over the root of their number.
LEAST = 30


@dataclass(frozen=True)
class MeanFace(FaceModel):
    """The mean or median of all faces, or of those that are alike in what was measured.

    `--set where=smile=smiling+glasses=without` takes those of these classes alone, and shows what
    goes along with them in the set: the conditional mean.
    """

    data: ClassVar[str] = "faces"

    size: int = option(64, "Side of a face in pixels.", low=16, high=512)
    statistic: str = option("mean", "What is taken of each pixel.", choices=("mean", "median"))
    where: str = option("", "Classes that the faces are of, as COLUMN=CLASS, with + between.")

    def build(self) -> Any:
        """A face, and how many it is of."""
        from faceswap.networks.statistics import Statistics

        return Statistics({"face": (self.size, self.size, 3), "count": ()})

    def fit(self, net: Any, faces: Faces, labels: Labels) -> Summary:
        """Take the statistic of the faces that are meant."""
        chosen = labels.matching(self.where)
        if chosen.sum() < LEAST:
            what = f" with {self.where}" if self.where else ""
            raise NoFaces(f"{chosen.sum()} faces{what}: at least {LEAST} make a mean")
        take = np.mean if self.statistic == "mean" else np.median
        net["face"], net["count"] = take(faces[chosen], axis=0), chosen.sum()
        return {"faces": int(chosen.sum())}

    def sample(self, net: Any, count: int, seed: int, **controls: Any) -> Faces:
        """The same face each time."""
        return np.repeat(net["face"][None], count, axis=0)

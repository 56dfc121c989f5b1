"""How good faces are that nobody has: figures of samples beside the faces that were learnt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap.data.labels import CLASSES, ORIGINS, measured, merged
from faceswap.detection.found import Found
from faceswap.errors import NoFaces
from faceswap.generation.frechet import PcaFrechet, frechet
from faceswap.generation.generative import Labelled, Samples
from faceswap.model import Faces
from faceswap.pictures.geometry import Points
from faceswap.pictures.levels import levels

Numbers = NDArray[np.float64]
Image = NDArray[np.uint8]

#: A row's neighbourhood reaches to its so manyth neighbour.
NEIGHBOURS = 3
#: Samples of each class whose labels are held against it.
PER_CLASS = 64
#: Pixels around a sample, and a sample's side, in which the detector looks for its face.
ROOM, SHOWN = 96, 256


class Seen(NamedTuple):
    """Which of the faces the detector sees, and who they are.

    Attributes:
        found: (n,) whether a face is found in the middle of the picture.
        described: (k, 128) descriptors of those found, in their order.
    """

    found: NDArray[np.bool_]
    described: Numbers


class Nearest(NamedTuple):
    """Which learnt faces samples are most like.

    Attributes:
        places: (n, k) the nearest, the first before all.
        away: (n,) how far the first is: 1 is what it is from a held-out face, the median.
    """

    places: NDArray[np.intp]
    away: Numbers


@dataclass(frozen=True)
class Real:
    """The real faces that samples are held against, as the model could at best show them.

    Attributes:
        learnt: (m, s, s, 3) all that were learnt.
        few: (n, s, s, 3) of those, about as many as there are samples.
        held: (k, s, s, 3) faces kept from the training, or learnt ones where none were.
        seen: What `look` says of the few.
    """

    learnt: Faces
    few: Faces
    held: Faces
    seen: Seen

    @cached_property
    def distance(self) -> PcaFrechet:
        """The distance from the few, whose components are all faces' features."""
        return PcaFrechet(self.few)

    def judge(self, samples: Faces, seen: Seen) -> dict[str, float]:
        """The figures of samples (n, s, s, 3), of which `look` says what is seen.

        `sample_metrics.METRICS` says what each is. There is no `frechet_descriptors` where the
        detector finds fewer than two faces.
        """
        ours, few = self.distance.features(samples), self.distance.features(self.few)
        precision, recall = precision_recall(few, ours)
        figures = {
            "face_share": float(seen.found.mean()),
            "frechet_pca": self.distance(samples),
            "precision": precision,
            "recall": recall,
            "diversity": spread(ours) / max(spread(few), 1e-12),
            "copied": float(np.median(self.nearest(samples, 1).away)),
        }
        if min(len(seen.described), len(self.seen.described)) >= 2:
            figures["frechet_descriptors"] = frechet(self.seen.described, seen.described)
        return figures

    def nearest(self, samples: Faces, count: int) -> Nearest:
        """The learnt faces that each sample (n, s, s, 3) is most like."""
        return nearest(self.distance.features(samples), *self._known, count)

    @cached_property
    def _known(self) -> tuple[Numbers, Numbers]:
        return self.distance.features(self.learnt), self.distance.features(self.held)


def agreement(model: Any, net: Any, seed: int, detector: str = "blaze") -> dict[str, float]:
    """`label_agreement`: the share of samples of each class that measure as of that class.

    Nothing for a model without labels, or with such as are not measured. A sample in which no face
    is found agrees with none.
    """
    if not isinstance(model, Labelled) or not isinstance(model, Samples):
        return {}
    names = tuple(model.classes.split(","))
    column = next((c for c, (known, _) in CLASSES.items() if known == names), "")
    if not column:
        return {}
    right = []
    for number, name in enumerate(names):
        faces = model.sample(net, PER_CLASS, seed, label=number)
        figures = [measured(points, framed) for _, framed, points in _located(faces, detector)]
        own = merged([dict.fromkeys(ORIGINS, "")] * len(figures), figures, {})
        right.append(own.matching(f"{column}={name}").sum() / len(faces) if figures else 0.0)
    return {"label_agreement": float(np.mean(right))}


def look(faces: Faces, detector: str = "blaze") -> Seen:
    """Finds and describes faces in the pictures; each is shown to the detector with a margin."""
    from faceswap.detection.descriptors import Describer, face_chip

    found, chips = np.zeros(len(faces), bool), []
    for number, framed, points in _located(faces, detector):
        found[number] = True
        chips.append(face_chip(framed, points))
    return Seen(found, Describer(len(chips)).describe(chips))


def _located(faces: Faces, detector: str) -> Iterator[tuple[int, Image, Points]]:
    """The numbers of those with a face in the middle, the framed pictures, the landmarks."""
    from faceswap.detection.detectors import open_detector
    from faceswap.detection.landmarks import landmarker

    seeing = open_detector(detector)
    for number, picture in enumerate(levels(faces)):
        framed = _framed(picture)
        there = [one for one in seeing.find(framed, SHOWN / 4) if _central(one)]
        if there:
            yield number, framed, landmarker().locate(framed, there[0]).points


def precision_recall(learnt: Numbers, samples: Numbers) -> tuple[float, float]:
    """Improved precision and recall (Kynkäänniemi et al. 2019, equations 1 and 2).

    Args:
        learnt: (m, d) features.
        samples: (n, d).

    Returns:
        The share of samples that lie no further from some learnt row than that one's third
        neighbour does; and the same the other way round.

    Raises:
        NoFaces: Where there are no three neighbours.
    """
    if min(len(learnt), len(samples)) <= NEIGHBOURS:
        raise NoFaces(f"precision and recall want more than {NEIGHBOURS} faces of each kind")
    across = distances(samples, learnt)
    return _inside(across, _reach(learnt)), _inside(across.T, _reach(samples))


def nearest(samples: Numbers, learnt: Numbers, held: Numbers, count: int = 1) -> Nearest:
    """Which learnt rows each sample is nearest to, and how far off, beside held-out rows.

    Held-out rows that were learnt nevertheless are compared with the others.
    """
    across, usual = distances(samples, learnt), distances(held, learnt)
    # What rounding leaves between the same faces.
    usual[usual < 1e-4 * usual.mean()] = np.inf
    unit = max(float(np.median(usual.min(axis=1))), 1e-12)
    return Nearest(np.argsort(across, axis=1)[:, :count], across.min(axis=1) / unit)


def spread(rows: Numbers) -> float:
    """The mean distance of two different rows."""
    apart = distances(rows, rows)
    return float(apart.sum() / max(1, len(rows) * (len(rows) - 1)))


def distances(ours: Numbers, theirs: Numbers) -> Numbers:
    """(n, m) Euclidean distances of rows (n, d) and (m, d)."""
    squares = (ours**2).sum(axis=1)[:, None] + (theirs**2).sum(axis=1) - 2 * ours @ theirs.T
    return np.asarray(np.sqrt(squares.clip(0)), np.float64)


def _reach(rows: Numbers) -> Numbers:
    # The nearest of all is the row itself.
    return np.asarray(np.sort(distances(rows, rows), axis=1)[:, NEIGHBOURS], np.float64)


def _inside(across: Numbers, reach: Numbers) -> float:
    return float((across <= reach + 1e-9).any(axis=1).mean())


def _framed(picture: Image) -> Image:
    """The picture at the size that detectors know, its edge's colours around it."""
    import cv2

    large = cv2.resize(picture, (SHOWN, SHOWN), interpolation=cv2.INTER_CUBIC)
    around = (ROOM,) * 4
    return np.asarray(cv2.copyMakeBorder(large, *around, cv2.BORDER_REPLICATE), np.uint8)


def _central(one: Found) -> bool:
    middle = ROOM + SHOWN / 2
    return max(abs(one.x - middle), abs(one.y - middle)) < SHOWN / 4 and one.score >= 0

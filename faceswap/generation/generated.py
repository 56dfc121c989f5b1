"""How good faces are that nobody has: figures of samples beside the faces that were learnt."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap.data.labels import CLASSES, ORIGINS, measured, merged
from faceswap.detection.found import Found
from faceswap.errors import NoFaces
from faceswap.generation.frechet import PcaFrechet, frechet
from faceswap.generation.generative import Labelled, Samples
from faceswap.model import Faces
from faceswap.pictures.levels import levels

Numbers = NDArray[np.float64]

#: A row's neighbourhood reaches to its so manyth neighbour.
NEIGHBOURS = 3
#: Samples of each class whose labels are held against it.
PER_CLASS = 64
#: Pixels around a sample, and a sample's side, in which the detector looks for its face.
ROOM, SHOWN = 96, 256


class Seen(NamedTuple):
    """Which of the faces the detector sees, who they are and what they do.

    Attributes:
        found: (n,) whether a face is found in the middle of the picture.
        described: (k, 128) descriptors of those found, in their order.
        figures: What `labels.measured` says of each of those.
    """

    found: NDArray[np.bool_]
    described: Numbers
    figures: list[dict[str, float]]


def judge(samples: Faces, learnt: Faces, held: Faces, known: Seen) -> dict[str, float]:
    """The figures of samples.

    Args:
        samples: (n, s, s, 3) made up.
        learnt: (m, s, s, 3) faces of the training.
        held: (k, s, s, 3) faces kept from it, or learnt ones where none were.
        known: What `look` says of those learnt.

    Returns:
        `face_share`, what share the detector finds a face in; `frechet_pca` and, where enough
        faces are found, `frechet_descriptors`: the Fréchet distances, 0 being best; `precision`,
        the share of samples that lie among learnt faces, and `recall`, the share of learnt faces
        that lie among samples; `diversity`, the mean distance of two samples over that of two
        learnt faces; `copied`, how much nearer samples lie to the learnt than held-out faces do:
        far below 1, they are copies.
    """
    seen = look(samples)
    distance = PcaFrechet(learnt)
    ours, theirs = distance.features(samples), distance.features(learnt)
    precision, recall = precision_recall(theirs, ours)
    figures = {
        "face_share": float(seen.found.mean()),
        "frechet_pca": distance(samples),
        "precision": precision,
        "recall": recall,
        "diversity": spread(ours) / max(spread(theirs), 1e-12),
        "copied": copied(ours, theirs, distance.features(held)),
    }
    if min(len(seen.described), len(known.described)) >= 2:
        figures["frechet_descriptors"] = frechet(known.described, seen.described)
    return {name: float(f"{value:.4g}") for name, value in figures.items()}


def agreement(model: Any, net: Any, seed: int) -> dict[str, float]:
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
        seen = look(faces)
        own = merged([dict.fromkeys(ORIGINS, "")] * len(seen.figures), seen.figures, {})
        right.append(own.matching(f"{column}={name}").sum() / len(faces) if seen.figures else 0.0)
    return {"label_agreement": round(float(np.mean(right)), 4)}


def look(faces: Faces) -> Seen:
    """Finds and describes faces in the pictures; each is shown to the detector with a margin."""
    from faceswap.detection.descriptors import Describer, face_chip
    from faceswap.detection.detectors import open_detector
    from faceswap.detection.landmarks import landmarker

    detector = open_detector("blaze")
    chips, figures, found = [], [], np.zeros(len(faces), bool)
    for number, picture in enumerate(levels(faces)):
        framed = _framed(picture)
        there = [one for one in detector.find(framed, SHOWN / 4) if _central(one)]
        if there:
            found[number] = True
            points = landmarker().locate(framed, there[0]).points
            chips.append(face_chip(framed, points))
            figures.append(measured(points, framed))
    return Seen(found, Describer(len(chips)).describe(chips), figures)


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


def copied(samples: Numbers, learnt: Numbers, held: Numbers) -> float:
    """The median distance to the nearest learnt row: of samples, over that of held-out rows.

    Rows that were learnt and not held out are compared with the others.
    """
    own = np.median(distances(samples, learnt).min(axis=1))
    others = distances(held, learnt)
    others[others < 1e-6] = np.inf
    return float(own / max(np.median(others.min(axis=1)), 1e-12))


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


def _framed(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture at the size that detectors know, its edge's colours around it."""
    import cv2

    large = cv2.resize(picture, (SHOWN, SHOWN), interpolation=cv2.INTER_CUBIC)
    around = (ROOM,) * 4
    return np.asarray(cv2.copyMakeBorder(large, *around, cv2.BORDER_REPLICATE), np.uint8)


def _central(one: Found) -> bool:
    middle = ROOM + SHOWN / 2
    return max(abs(one.x - middle), abs(one.y - middle)) < SHOWN / 4 and one.score >= 0

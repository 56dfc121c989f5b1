"""Attributes: which way through the latents changes one thing about a face and no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from faceswap.data.labels import CLASSES, NONE, ORIGINS, Labels
from faceswap.errors import BadOption, NoFaces

#: Fewer faces with all labels than this say nothing of ways.
LEAST = 30
#: Part of a label's variance that is added to it: labels that go together share their way.
RIDGE = 0.01
#: A label whose deviation is no larger is the same for all.
VARIED = 1e-6


@dataclass(frozen=True)
class Attributes:
    """Ways through the latents, by joint regression of latents on all labels at once.

    A face's latents are taken for a mean and so much of each way as it has of the attribute. Taken
    one by one, as the difference of two classes' means, ways contain whatever goes along: of those
    who smile, the open mouths.

    Attributes:
        names: Of the labels.
        ways: (n, ...) latents for one deviation more of each.
        shares: (n,) what of a label's variance the others leave unexplained: near 0, its way
            cannot be told from theirs.
    """

    names: Sequence[str]
    ways: NDArray[np.float32]
    shares: NDArray[np.float64]

    def way(self, name: str) -> NDArray[np.float32]:
        """The way of an attribute; raises `BadOption` for one that there is not."""
        if name not in self.names:
            raise BadOption(f"no attribute {name!r}: there are {', '.join(self.names)}")
        return np.asarray(self.ways[list(self.names).index(name)], np.float32)

    def beside(self, name: str) -> dict[str, float]:
        """The cosines of an attribute's way and each other one, the most alike first.

        At 0 the two have nothing to do with each other; near 1 or -1 an edit of one is of both.
        """
        own, flat = self.way(name).ravel(), self.ways.reshape(len(self.ways), -1)
        lengths = np.linalg.norm(flat, axis=1) * np.linalg.norm(own)
        cosines = zip(self.names, flat @ own / lengths.clip(1e-12), strict=True)
        others = {other: float(cosine) for other, cosine in cosines if other != name}
        return dict(sorted(others.items(), key=lambda one: -abs(one[1])))


def attributes(latents: NDArray[np.float32], labels: Labels) -> Attributes:
    """The ways of all labels that are numbers, or have two classes.

    Args:
        latents: (n, ...) of faces.
        labels: Of the same faces.

    Raises:
        NoFaces: Where fewer than `LEAST` faces have all of them, or are alike in all.
    """
    columns = _columns(labels)
    values = np.stack(list(columns.values()), axis=1) if columns else np.empty((len(latents), 0))
    whole = np.isfinite(values).all(axis=1)
    if whole.sum() < LEAST:
        raise NoFaces(f"{whole.sum()} faces have all labels: at least {LEAST} are needed")
    # Where the faces left are alike in a label, there is no way to tell.
    varied = values[whole].std(axis=0) > VARIED
    if not varied.any():
        raise NoFaces("the faces that have all labels are alike in each: there is nothing to tell")
    names, values = list(compress(columns, varied)), values[whole][:, varied]
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    flat = latents[whole].reshape(len(values), -1).astype(np.float64)
    products = values.T @ values / len(values) + RIDGE * np.eye(len(names))
    ways = np.linalg.solve(products, values.T @ (flat - flat.mean(axis=0)) / len(values))
    shares = 1 / np.diag(np.linalg.inv(products))
    shape = (len(names), *latents.shape[1:])
    return Attributes(names, ways.reshape(shape).astype(np.float32), shares)


def _columns(labels: Labels) -> dict[str, NDArray[np.float64]]:
    """Labels that vary, as numbers; those that few faces have are left out."""
    found: dict[str, NDArray[np.float64]] = {}
    for name in labels.columns:
        numbers = labels.numbers(name)
        if name in ORIGINS or (numbers is not None and not np.isfinite(numbers).any()):
            continue
        if numbers is None or (name not in CLASSES and len(set(labels.columns[name])) == 2):
            numbers = _two_classes(labels, name)
        if numbers is None:
            continue
        known = np.isfinite(numbers)
        if known.mean() > 0.5 and np.std(numbers[known]) > VARIED:
            found[name] = numbers
    return found


def _two_classes(labels: Labels, name: str) -> NDArray[np.float64] | None:
    if len({cell for cell in labels.columns[name] if cell}) != 2:
        return None
    _, classes = labels.classes(name)
    return np.where(classes == NONE, np.nan, classes).astype(np.float64)

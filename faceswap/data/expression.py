"""What a face does, in a few numbers from its landmarks that mean the same for everybody."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from faceswap.pictures.geometry import INNER, MEAN_FACE, similarity, transform

Numbers = NDArray[np.float32]

#: What is measured, and the deviation usual while somebody speaks, in widths of the inner face.
MEASURES = {
    "mouth open": 0.04,
    "mouth wide": 0.04,
    "lips high": 0.05,
    "eyes open": 0.02,
    "brows up": 0.03,
    "corners up": 0.02,
    "nod": 0.04,
    "turn": 0.04,
    "mouth aside": 0.03,
}
#: The last so many change their sign in a mirror.
ODD = 2
#: A closed mouth is 0 for everybody; the other even measures are compared with the person's mean.
ABSOLUTE = 1
#: Usual deviations of zoom, turn and the two shifts of a training example.
PLACEMENT = np.array([0.03, 0.04, 0.03, 0.03])
#: How many numbers describe an example: its measures, then its placement.
COUNT = len(MEASURES) + len(PLACEMENT)
#: Percentiles of the source's measures that the target's are held to.
RANGE = (0.5, 99.5)
#: Measures whose rare values are shown more often.
BALANCED = ("mouth open", "eyes open", "turn")
#: A face that does what few others do comes up to so many times as often: blinks are 3 % of a film.
MOST_OFTEN = 4
#: Classes that each measure of the expression is counted in.
CLASSES = 8


def expression(landmarks: ArrayLike) -> Numbers:
    """The measures of faces, each the difference from the mean face in usual deviations.

    Args:
        landmarks: (n, 68, 2) in any pixels: place, size and roll do not count.

    Returns:
        (n, 9), in the order of `MEASURES`.
    """
    laid = [transform(p, similarity(p[INNER], MEAN_FACE[INNER])) for p in np.asarray(landmarks)]
    difference = _measures(np.asarray(laid)) - _measures(MEAN_FACE[None])
    return np.asarray(difference / list(MEASURES.values()), np.float32)


def comparable(source: Numbers, target: Numbers) -> Sequence[Numbers]:
    """Both sides' measures as differences from each person's mean, within what the source does.

    The shape of a face, its brows say, is then no expression, and a decoder of the source that is
    shown the target's expression sees none it has not learnt.
    """
    even = slice(ABSOLUTE, len(MEASURES) - ODD)
    sides = [side.copy() for side in (source, target)]
    for side in sides:
        side[:, even] -= side[:, even].mean(axis=0)
    low, high = np.percentile(sides[0], RANGE, axis=0)
    reach = np.maximum(np.abs(low), np.abs(high))
    low[-ODD:], high[-ODD:] = -reach[-ODD:], reach[-ODD:]
    return [side.clip(low, high).astype(np.float32) for side in sides]


def nearest(values: Numbers, among: Numbers, count: int) -> NDArray[np.intp]:
    """Which of (m, 9) measured faces do most nearly what each of (n, 9) does: (n, `count`) places.

    The nearest come in no order; where there are fewer than `count`, all.
    """
    squares = (among**2).sum(axis=1) - 2 * values @ among.T
    count = min(count, len(among))
    return np.argpartition(squares, count - 1, axis=1)[:, :count]


def placed(values: Numbers, matrices: ArrayLike) -> Numbers:
    """Measures of examples and how each was turned, zoomed, shifted and mirrored.

    Args:
        values: (n, 9) measures of the faces as they are.
        matrices: (n, 2, 3) similarities, some mirrored, as in `Changes.matrices`.

    Returns:
        (n, 13).
    """
    matrices = np.asarray(matrices)
    sign = np.sign(np.linalg.det(matrices[:, :, :2]))
    signs = np.ones_like(values)
    signs[:, -ODD:] = sign[:, None]
    _, (turn, zoom, down) = np.moveaxis(matrices, 0, -1)
    placement = np.stack([zoom - 1, turn, sign * matrices[:, 0, 2], down], axis=1) / PLACEMENT
    return np.asarray(np.concatenate([values * signs, placement], axis=1), np.float32)


def rarity(values: Numbers) -> NDArray[np.int64]:
    """How many times each of (n, 9) measured faces is to be shown, 1 to `MOST_OFTEN`.

    As often as its rarest measure's class has fewer faces than the mean class: a network that
    sees closed eyes in 3 of 100 pictures learns that eyes are open.
    """
    often = np.ones(len(values))
    for column in values[:, [list(MEASURES).index(name) for name in BALANCED]].T:
        edges = np.linspace(column.min(), column.max() + 1e-6, CLASSES + 1)
        classes = np.digitize(column, edges[1:-1])
        counts = np.bincount(classes, minlength=CLASSES)
        often = np.maximum(often, len(values) / CLASSES / counts[classes])
    return np.round(often.clip(1, MOST_OFTEN)).astype(np.int64)


def _measures(points: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = points[..., 0].T, points[..., 1].T
    eyes = y[36:48].mean(axis=0)
    between = (x[36] + x[45]) / 2
    return np.stack(
        [
            (y[65:68] - y[[63, 62, 61]]).mean(axis=0),
            x[54] - x[48],
            y[57] - y[51],
            (y[[40, 41, 46, 47]] - y[[38, 37, 44, 43]]).mean(axis=0),
            eyes - y[17:27].mean(axis=0),
            (y[51] + y[57] - y[48] - y[54]) / 2,
            y[30] - eyes,
            x[30] - between,
            (x[48] + x[54]) / 2 - between,
        ],
        axis=1,
    )

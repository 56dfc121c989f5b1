"""Whom the output looks like: figures from descriptors alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Descriptors = NDArray[np.float64]
Figures = dict[str, float]


def distances(descriptors: Descriptors, person: Descriptors) -> NDArray[np.float64]:
    """How far each of (n, 128) is from the mean of a person's (m, 128)."""
    return np.asarray(np.linalg.norm(descriptors - person.mean(axis=0), axis=1), np.float64)


def spread(person: Descriptors) -> float:
    """Mean distance of a person's descriptors from the mean of the others; NaN for fewer than 2."""
    count = len(person)
    # Taken out of its own mean, a descriptor lies n / (n - 1) times as far from it.
    return float(distances(person, person).mean() * count / (count - 1)) if count > 1 else np.nan


def likeness(output: Descriptors, source: Descriptors, target: Descriptors) -> Figures:
    """Figures of identity, for descriptors (n, 128) of the output and both persons.

    `margin` is d_target - d_source of a frame: how much nearer it is to the source's mean than to
    the target's. `gain` is (d0 - d) / (d0 - w), where d is the output's mean distance from the
    source, d0 the target's, and w the source's own: 0 where the output is as far from the source as
    the target was, 1 where it is as near as the source's own frames are. `verification` is the
    share of frames nearer to the source than the midpoint of w and d0, which is `threshold`.
    """
    if not (len(output) and len(source) and len(target)):
        return {}
    d_source, d_target = distances(output, source), distances(output, target)
    margin = d_target - d_source
    within, between = spread(source), float(distances(target, source).mean())
    within = 0.0 if np.isnan(within) else within
    threshold = (within + between) / 2
    return {
        "margin": float(margin.mean()),
        "margin_p10": float(np.percentile(margin, 10)),
        "margin_positive": float((margin > 0).mean()),
        "gain": float((between - d_source.mean()) / max(between - within, 1e-6)),
        "verification": float((d_source < threshold).mean()),
        "threshold": threshold,
        "d_source": float(d_source.mean()),
        "d_target": float(d_target.mean()),
        "within_source": within,
        "between": between,
    }


def top1(output: Descriptors, persons: Descriptors) -> float:
    """Share of (n, 128) whose nearest of (k, 128) persons is the first; NaN for n = 0."""
    if not len(output):
        return float("nan")
    apart = np.linalg.norm(output[:, None] - persons[None], axis=2)
    return float((apart.argmin(axis=1) == 0).mean())


def identity_variance(output: Descriptors, source: Descriptors, shots: NDArray[np.int64]) -> float:
    """Deviation of the distance from the source within shots; NaN where no shot has two faces."""
    if not (len(output) and len(source)):
        return float("nan")
    away = distances(output, source)
    apart = [away[shots == shot] for shot in np.unique(shots)]
    squares = [((values - values.mean()) ** 2).sum() for values in apart if len(values) > 1]
    count = sum(len(values) - 1 for values in apart if len(values) > 1)
    return float(np.sqrt(sum(squares) / count)) if count else float("nan")

"""Series of numbers smoothed over time without delay: what is known of faces, frame by frame."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: A gap of more missing frames than this is a break: what was before says nothing of what follows.
GAP = 5
#: A kernel ends at so many deviations, where it has fallen to 1 %.
_TRUNCATED = 3.0


def smooth(
    values: ArrayLike,
    frames: ArrayLike,
    breaks: ArrayLike,
    width: float,
    weights: ArrayLike | None = None,
) -> NDArray[Any]:
    """The series smoothed, looking as far ahead as back, so that nothing lags.

    At each frame, the value there of the straight line that fits the values around it best, by
    Gaussian weights (Cleveland, "Robust locally weighted regression and smoothing scatterplots",
    1979, without the robust part). In the middle of a run this is the Gaussian mean; at its ends
    steady motion goes on as it does, where a mean would lag or shrink.

    Args:
        values: (n,) or (n, k) numbers, of any unit.
        frames: (n,) the frame each belongs to, rising within a run; where some are missing, those
            around them count by their distance.
        breaks: (n,) bool: whether nothing of before counts from here on, as at a cut or where
            another track begins. More than `GAP` missing frames are a break too.
        width: Deviation of the kernel in frames; 0 changes nothing. No value counts beyond `reach`.
        weights: (n,) how much each value counts; the same for all by default. A value of weight 0
            is replaced by what those around it say; where all are 0 the values stay.

    Returns:
        Float array of the shape of `values`: float32 for float32, else float64.

    Example:
        >>> smooth([0.0, 1.0, 2.0, 3.0], range(4), [0] * 4, 2.0).round(6).tolist()
        [0.0, 1.0, 2.0, 3.0]
    """
    given = np.asarray(values)
    kind = given.dtype if given.dtype == np.float32 else np.float64
    if width <= 0 or not len(given):
        return given.astype(kind)
    series = given.reshape(len(given), -1).astype(np.float64)
    times = np.asarray(frames, np.float64)
    trust = np.ones(len(series)) if weights is None else np.asarray(weights, np.float64)
    smoothed = np.empty_like(series)
    for start, stop in runs(times, breaks):
        part = slice(start, stop)
        smoothed[part] = _lines(series[part], times[part], trust[part], width)
    return smoothed.reshape(given.shape).astype(kind)


def reach(width: float) -> int:
    """How many frames before and after a frame count in `smooth`."""
    return math.ceil(_TRUNCATED * max(width, 0.0))


def runs(frames: ArrayLike, breaks: ArrayLike) -> list[tuple[int, int]]:
    """Start and stop of each piece of a series that lies between breaks and long gaps."""
    steps = np.diff(np.asarray(frames, np.float64))
    begins = np.asarray(breaks, bool)[1:] | (steps > GAP + 1) | (steps <= 0)
    edges = [0, *(np.flatnonzero(begins) + 1).tolist(), len(begins) + 1]
    return list(pairwise(edges))


def _lines(
    series: NDArray[np.float64],
    times: NDArray[np.float64],
    trust: NDArray[np.float64],
    width: float,
) -> NDArray[np.float64]:
    """Local straight lines through one run; series (n, k)."""
    count, far = len(series), reach(width)
    near = np.arange(count)[:, None] + np.arange(-far, far + 1)
    inside = (near >= 0) & (near < count)
    near = near.clip(0, count - 1)
    away = times[near] - times[:, None]
    kernel = np.exp(-0.5 * (away / width) ** 2) * (inside & (np.abs(away) <= far)) * trust[near]
    # Moments of the weights: with their help the line's value here is one weighted sum.
    zeroth, first, second = (np.einsum("nw,nw->n", kernel, away**p) for p in range(3))
    spread = zeroth * second - first**2
    line = spread > 1e-6 * np.maximum(zeroth, 1e-12) ** 2
    share = np.where(
        line[:, None],
        kernel * (second[:, None] - first[:, None] * away) / np.where(line, spread, 1)[:, None],
        kernel / np.maximum(zeroth, 1e-12)[:, None],
    )
    smoothed = np.einsum("nw,nwk->nk", share, series[near])
    return np.where(zeroth[:, None] > 1e-9, smoothed, series)

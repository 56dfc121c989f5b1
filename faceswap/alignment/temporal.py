"""Series of numbers smoothed over time without delay: what is known of faces, frame by frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Series = NDArray[Any]

#: A gap of more missing frames than this is a break: what was before says nothing of what follows.
GAP = 5
#: A kernel ends at so many deviations, where it has fallen to 1 %.
_TRUNCATED = 3.0
#: Frames to each side that `noise` is measured over.
LISTENED = 12
#: Deviation of Gaussian noise over its median second difference, which has six times its variance.
_JERK = 1.4826 / math.sqrt(6)


def smooth(
    values: ArrayLike,
    frames: ArrayLike,
    breaks: ArrayLike,
    width: float,
    weights: ArrayLike | None = None,
    sloped: bool = True,
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
        sloped: False for the mean instead of a line: it lags at a run's ends, and never leaves the
            range of the values, as those must that cannot be negative.

    Returns:
        Float array of the shape of `values`: float32 for float32, else float64.

    Example:
        >>> smooth([0.0, 1.0, 2.0, 3.0], range(4), [0] * 4, 2.0).round(6).tolist()
        [0.0, 1.0, 2.0, 3.0]
    """
    series, kind = _columns(values)
    trust = np.ones(len(series)) if weights is None else np.asarray(weights, np.float64)
    times, smoothed = np.asarray(frames, np.float64), series.copy()
    if width > 0 and len(series):
        for start, stop in runs(times, breaks):
            part = slice(start, stop)
            kernel = _kernel(times[part], trust[part], width, sloped)
            smoothed[part] = _folded(series[part], kernel.astype(kind))
    return smoothed.reshape(np.shape(values)).astype(kind)


def denoise(
    values: ArrayLike,
    frames: ArrayLike,
    breaks: ArrayLike,
    widths: Sequence[float],
    noise: ArrayLike,
) -> NDArray[Any]:
    """The series without its noise, and with its motion, slow or fast; nothing lags.

    It is taken apart into what each of several widths smooths away. Of each part so much is kept
    as it is livelier thereabouts than noise alone would be: nothing where it is as quiet, almost
    all in the midst of a blink or a jerk. Mihcak, Kozintsev and Ramchandran, "Spatially adaptive
    statistical modeling of wavelet image coefficients for denoising", 1999.

    Args:
        values: (n,) or (n, k) numbers; the k move together, so what one does counts for all.
        frames: As in `smooth`.
        breaks: As in `smooth`.
        widths: Deviations of the kernels in frames, rising.
        noise: () or (n,) deviation of the noise, in the unit of the values. 0 changes nothing; a
            larger one than it is takes slow motion away as well.

    Returns:
        Float array of the shape of `values`. No value counts beyond `2 * reach(widths[-1])`.
    """
    series, kind = _columns(values)
    level = (np.broadcast_to(np.asarray(noise, kind), (len(series),)) ** 2)[:, None]
    kept, finer = np.zeros_like(series), series
    for width, share in zip(widths, noise_shares(tuple(widths)), strict=True):
        coarser = smooth(series, frames, breaks, width)
        part, finer = finer - coarser, coarser
        energy = (part**2).mean(axis=1, keepdims=True)
        energy = smooth(energy, frames, breaks, max(width, 1.0), sloped=False)
        signal = 1 - share * level / np.maximum(energy, 1e-30)
        kept += signal.clip(0, 1) * part
    return (kept + finer).reshape(np.shape(values)).astype(kind)


def noise_of(values: ArrayLike, frames: ArrayLike, breaks: ArrayLike, usual: float) -> Series:
    """The deviation of the noise of a series about each frame, (n,), in the unit of the values.

    From the median second difference within `LISTENED` frames: steady motion has none, and what
    moves in jerks now and then does not count.

    Args:
        values: (n, k), of which at least half are quiet most of the time.
        frames: As in `smooth`.
        breaks: As in `smooth`.
        usual: What is given where a run is too short to say.
    """
    series, kind = _columns(values)
    noise = np.full(len(series), usual, kind)
    for start, stop in runs(frames, breaks):
        part = series[start:stop]
        if len(part) > 2:
            jerks = np.median(np.abs(part[:-2] - 2 * part[1:-1] + part[2:]), axis=1)
            level = np.pad(jerks, LISTENED + 1, constant_values=np.nan)
            about = np.lib.stride_tricks.sliding_window_view(level, 2 * LISTENED + 1)
            noise[start:stop] = np.nanmedian(about, axis=1) * _JERK
    return noise


@cache
def noise_shares(widths: tuple[float, ...]) -> list[float]:
    """How much of white noise's variance goes into each part that `denoise` makes."""
    far = 2 * reach(widths[-1])
    frames, breaks = np.arange(2 * far + 1), np.zeros(2 * far + 1, bool)
    pulse = (frames == far).astype(np.float64)
    levels = [pulse, *(smooth(pulse, frames, breaks, width) for width in widths)]
    return [float(((fine - coarse) ** 2).sum()) for fine, coarse in pairwise(levels)]


def reach(width: float) -> int:
    """How many frames before and after a frame count in `smooth`."""
    return math.ceil(_TRUNCATED * max(width, 0.0))


def runs(frames: ArrayLike, breaks: ArrayLike) -> list[tuple[int, int]]:
    """Start and stop of each piece of a series that lies between breaks and long gaps."""
    steps = np.diff(np.asarray(frames, np.float64))
    begins = np.asarray(breaks, bool)[1:] | (steps > GAP + 1) | (steps <= 0)
    edges = [0, *(np.flatnonzero(begins) + 1).tolist(), len(begins) + 1]
    return list(pairwise(edges))


def _columns(values: ArrayLike) -> tuple[Series, Any]:
    """The values as (n, k) floats, and of which kind: float32 for float32, else float64."""
    given = np.asarray(values)
    kind = given.dtype if given.dtype == np.float32 else np.dtype(np.float64)
    return given.reshape(len(given), math.prod(given.shape[1:])).astype(kind), kind


def _kernel(times: Series, trust: Series, width: float, sloped: bool) -> Series:
    """What each value of a run counts for each other: (n, 2 m + 1), those m before to m after."""
    count = len(times)
    far = min(reach(width), count - 1)
    near = np.arange(count)[:, None] + np.arange(-far, far + 1)
    inside = (near >= 0) & (near < count)
    near = near.clip(0, count - 1)
    away = times[near] - times[:, None]
    kernel = np.exp(-0.5 * (away / width) ** 2) * (inside & (np.abs(away) <= reach(width)))
    kernel *= trust[near]
    # With the moments of the weights the line's value here is one weighted sum.
    zeroth, first, second = ((kernel * away**power).sum(axis=1) for power in range(3))
    mass, spread = np.maximum(zeroth, 1e-12), zeroth * second - first**2
    lines = (spread > 1e-6 * mass**2) & sloped
    share = kernel / mass[:, None]
    moments = (second[:, None] - first[:, None] * away)[lines]
    share[lines] = kernel[lines] * moments / spread[lines, None]
    share[zeroth <= 1e-9] = np.eye(2 * far + 1)[far]
    return np.asarray(share)


def _folded(series: Series, kernel: Series) -> Series:
    count, far = len(series), kernel.shape[1] // 2
    folded = np.zeros_like(series)
    for step in range(-far, far + 1):
        begin, end = max(0, -step), count - max(0, step)
        folded[begin:end] += kernel[begin:end, step + far, None] * series[begin + step : end + step]
    return folded

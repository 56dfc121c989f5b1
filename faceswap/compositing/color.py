"""Colours of one face brought to those of another, as numbers that can be smoothed over time.

Each transfer is a map from CIELAB to CIELAB described by a fixed count of numbers that the result
is linear in: the mean of several frames' numbers gives the mean of their results.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.compositing.lattice import NODES, fitted, moved

Image = NDArray[np.float32]
Numbers = NDArray[np.float32]
Rows = NDArray[np.float64]

#: Contrast is changed by no more than this factor: the statistics of a face half in shadow would
#: otherwise blow up noise.
MOST_CONTRAST = 1.4
#: A histogram's slope lies between one over this and this.
MOST_SLOPE = 2.0
#: About so many rows and columns are looked at: all of them tell no more, and take 2 ms.
SIDE = 48
#: Rounds in which pixels that still differ lose their say.
ROUNDS = 3
#: Differences below this count fully, in CIELAB: about two steps that one just sees.
SAME = 4.0
#: Variance of what cannot be told from noise, in CIELAB: keeps maps between flat faces tame.
NOISE = 0.5
#: Where a curve of `histogram` is given, channel by channel: lightness, then both colours.
KNOTS = (np.linspace(0, 100, 33), np.linspace(-64, 64, 33), np.linspace(-64, 64, 33))
#: Quantiles that a curve is laid through; the last hundredths are a few pixels' whim.
QUANTILES = np.linspace(0.02, 0.98, 25)
#: Pixels and directions of `sliced`.
SAMPLES = 1500
SLICES = 24


def measure(how: str, face: Image, like: Image, weights: NDArray[np.float32]) -> Numbers:
    """The numbers that bring `face` to the colours of `like`.

    Statistics are taken over the weighted pixels alone: zeroing the others and counting them in,
    as is often done, loses a third of the contrast. Pixels that differ most after a first transfer
    lose their say: a beard, a shadow or a hand on one of the faces would colour all of the other.

    Args:
        how: One of `TRANSFERS`.
        face: (s, s, 3) RGB in [0, 1].
        like: (s, s, 3) RGB in [0, 1], the old face in the same square.
        weights: (s, s) in [0, 1]: how much each pixel counts.

    Returns:
        (k,) float32, `k` fixed for each `how`; their mean over frames is meaningful. Without a
        pixel that counts they leave the face as it is.
    """
    if how == "none":
        return np.zeros(0, np.float32)
    step = max(1, weights.shape[0] // SIDE)
    some = weights[::step, ::step]
    counted = some > 0
    colours, others = (
        _lab(image[::step, ::step])[counted].astype(np.float64) for image in (face, like)
    )
    shares = some[counted].astype(np.float64)
    if not len(shares):
        colours = others = np.array([[50.0, 0, 0], [60.0, 1, 1]])
        shares = np.ones(2)
    return _MEASURES[how](colours, others, _trusted(colours, others, shares)).astype(np.float32)


def apply(how: str, face: Image, numbers: Numbers) -> Image:
    """The face in other colours, (s, s, 3) RGB in [0, 1].

    Args:
        how: One of `TRANSFERS`.
        face: (s, s, 3) RGB in [0, 1].
        numbers: What `measure` gave, or a mean of such.
    """
    if how == "none":
        return face
    lab = _APPLIES[how](_lab(face), numbers).astype(np.float32)
    rgb: Image = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    return rgb.clip(0.0, 1.0)


def _lab(rgb: Image) -> Image:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2LAB), np.float32)


def _trusted(colours: Rows, others: Rows, shares: Rows) -> Rows:
    """The pixels' weights, less where the faces differ beyond their colours."""
    trust = shares
    for _ in range(ROUNDS):
        gain, shift = np.split(_by_channel(colours, others, trust), 2)
        away = colours * gain + shift - others
        off = np.sqrt(np.einsum("nc,nc->n", away, away))
        usual = max(2 * float(np.median(off)), SAME)
        trust = shares / (1 + (off / usual) ** 2)
    return trust


def _mean(pixels: Rows, shares: Rows) -> Rows:
    return np.asarray(shares @ pixels / shares.sum())


class _Moments(NamedTuple):
    """Weighted means, variances and covariance of both faces' channels, (3,) each."""

    mean: Rows
    other_mean: Rows
    variance: Rows
    other_variance: Rows
    covariance: Rows

    @property
    def agreement(self) -> Rows:
        """Each channel's correlation between the faces, 0 to 1: how far their contrasts compare.

        What is dark on one face and bright on the other (a beard, brows elsewhere) says nothing
        of light or camera; taken at its word it gave brows like ink and grey lips.
        """
        both = (self.variance + NOISE) * (self.other_variance + NOISE)
        return np.asarray(((self.covariance + NOISE) / np.sqrt(both)).clip(0, 1))


def _moments(x: Rows, y: Rows, shares: Rows) -> _Moments:
    # One product of all takes a fifth of the time of one after the other.
    means = _mean(np.concatenate([x, y, x * x, y * y, x * y], axis=1), shares).reshape(5, 3)
    first, second = means[:2]
    squares, others, mixed = means[2:]
    return _Moments(first, second, squares - first**2, others - second**2, mixed - first * second)


def _by_channel(colours: Rows, others: Rows, shares: Rows) -> Rows:
    """Mean and spread of each channel: Reinhard et al., "Color Transfer between Images", 2001."""
    found = _moments(colours, others, shares)
    ratio = (found.other_variance + NOISE) / (found.variance + NOISE)
    gain = (np.sqrt(ratio) ** found.agreement).clip(1 / MOST_CONTRAST, MOST_CONTRAST)
    return np.concatenate([gain, found.other_mean - found.mean * gain])


def _agreement(colours: Rows, others: Rows, shares: Rows) -> Rows:
    return _moments(colours, others, shares).agreement


def _apply_by_channel(lab: Image, numbers: Numbers) -> Image:
    return lab * numbers[:3] + numbers[3:]


def _by_covariance(colours: Rows, others: Rows, shares: Rows) -> Rows:
    """The linear map that moves colours least: Pitié and Kokaram, 2007, the Monge-Kantorovich."""
    mean, other_mean = _mean(colours, shares), _mean(others, shares)
    root = _power(_covariance(colours - mean, shares), 0.5)
    other = _covariance(others - other_mean, shares)
    inner = np.linalg.inv(root)
    values, vectors = np.linalg.eigh(inner @ _power(root @ other @ root, 0.5) @ inner)
    values = values ** _agreement(colours, others, shares).mean()
    values = values.clip(1 / MOST_CONTRAST, MOST_CONTRAST)
    turn = (vectors * values) @ vectors.T
    return np.concatenate([turn.ravel(), other_mean - turn @ mean])


def _covariance(centred: Rows, shares: Rows) -> Rows:
    spread = (centred * shares[:, None]).T @ centred / shares.sum()
    return np.asarray(spread + NOISE * np.eye(3))


def _power(matrix: Rows, exponent: float) -> Rows:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * values.clip(1e-9) ** exponent) @ vectors.T)


def _apply_covariance(lab: Image, numbers: Numbers) -> Image:
    return np.asarray(lab @ numbers[:9].reshape(3, 3).T + numbers[9:], np.float32)


def _by_histogram(colours: Rows, others: Rows, shares: Rows) -> Rows:
    """For each channel a rising curve that takes its quantiles to the other's."""
    alike = _agreement(colours, others, shares)
    curves = []
    for n, knots in enumerate(KNOTS):
        before, after = (_quantiles(pixels[:, n], shares) for pixels in (colours, others))
        curves.append(_curve(before, after, knots, float(alike[n])))
    return np.concatenate(curves)


def _quantiles(values: Rows, shares: Rows) -> Rows:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(shares[order]) - shares[order] / 2
    return np.asarray(np.interp(QUANTILES * shares.sum(), reached, values[order]))


def _curve(from_: Rows, to: Rows, knots: Rows, alike: float) -> Rows:
    """What each knot becomes: through the quantiles, beyond them by the same shift."""
    steps, other = np.diff(from_), np.diff(to)
    slope = (((other + 0.1) / (steps + 0.1)) ** alike).clip(1 / MOST_SLOPE, MOST_SLOPE)
    # Small steps of noise are not followed: a curve with kinks draws lines on skin.
    slope = np.convolve(np.pad(slope, 2, "edge"), np.array([1, 2, 3, 2, 1]) / 9, "valid")
    rise = np.concatenate([[0], np.cumsum(slope * steps)])
    risen = rise + (to - rise).mean()
    inside = np.interp(knots, from_, risen)
    return np.asarray(inside + (knots - knots.clip(from_[0], from_[-1])))


def _apply_histogram(lab: Image, numbers: Numbers) -> Image:
    parts = np.split(numbers, 3)
    channels = [np.interp(lab[..., n], KNOTS[n], parts[n]) for n in range(3)]
    return np.asarray(np.stack(channels, axis=-1), np.float32)


def _by_slices(colours: Rows, others: Rows, shares: Rows) -> Rows:
    """A small lattice of colours: pixels moved slice by slice until both clouds are one.

    Pitié, Kokaram and Dahyot, "Automated colour grading using colour distribution transfer", 2007.
    """
    before, goal = _samples(colours, shares), _samples(others, shares)
    after = before.copy()
    for direction in _directions():
        along, wanted = after @ direction, np.sort(goal @ direction)
        step = np.empty_like(along)
        step[np.argsort(along, kind="stable")] = wanted - np.sort(along)
        after += step[:, None] * direction
    shift = after - before
    mean = shift.mean(axis=0)
    alike = _agreement(colours, others, shares).mean()
    return fitted(before, mean + (shift - mean) * alike).ravel()


def _samples(pixels: Rows, shares: Rows) -> Rows:
    """As many pixels of each face, each drawn as often as it weighs."""
    reached = np.cumsum(shares) / shares.sum()
    drawn = np.searchsorted(reached, (np.arange(SAMPLES) + 0.5) / SAMPLES)
    return np.asarray(pixels[drawn.clip(0, len(pixels) - 1)])


def _directions() -> Rows:
    """Unit vectors evenly spread over a half sphere, neighbours far apart in order."""
    count = np.arange(SLICES)
    height = ((count * 0.618) % 1 + 0.5 / SLICES) % 1
    turn, around = count * 2.39996, np.sqrt(1 - height**2)
    return np.column_stack([height, around * np.cos(turn), around * np.sin(turn)])


def _apply_slices(lab: Image, numbers: Numbers) -> Image:
    return moved(lab, numbers.reshape(NODES, 3))


_MEASURES: dict[str, Callable[[Rows, Rows, Rows], Rows]] = {
    "lab": _by_channel,
    "covariance": _by_covariance,
    "histogram": _by_histogram,
    "sliced": _by_slices,
}
_APPLIES: dict[str, Callable[[Image, Numbers], Image]] = {
    "lab": _apply_by_channel,
    "covariance": _apply_covariance,
    "histogram": _apply_histogram,
    "sliced": _apply_slices,
}
#: The ways to do it, in the order they are offered.
TRANSFERS = ("none", *_MEASURES)

"""How well the output does what the target does: figures from landmarks over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from faceswap.alignment.pose import mouth_opening, pose
from faceswap.pictures.geometry import INNER, MEAN_FACE, similarity, transform

Series = NDArray[np.float64]
Numbers = NDArray[np.int64]

#: Brows, eyes and mouth: what shows an expression.
EXPRESSIVE = [*range(17, 27), *range(36, 68)]
#: Outer corners of the eyes; the distance between them is what errors are shares of.
_CORNERS = (36, 45)
#: Frames that the output's movement is looked for before and behind the target's.
MOST_LAG = 5
#: A correlation has to be better by this to count as a lag: less is noise.
_BETTER = 0.005
#: Of fewer frames nothing is said over time.
_FEWEST = 8
#: An eye is shut where its opening is less than this share of its usual one, for no longer than
#: so many frames; what follows within `_NEAR` frames is the same blink.
_SHUT, _LONGEST, _NEAR = 0.7, 15, 3


def eye_opening(landmarks: ArrayLike) -> float:
    """Height of the eyes over their width, the mean of both: 0 shut, about 0.3 open."""
    points = np.asarray(landmarks, np.float64)
    ratios = []
    for first in (36, 42):
        left, a, b, right, c, d = points[first : first + 6]
        height = (np.linalg.norm(a - d) + np.linalg.norm(b - c)) / 2
        ratios.append(height / max(float(np.linalg.norm(right - left)), 1e-6))
    return float(np.mean(ratios))


def openings(landmarks: NDArray[np.float64]) -> tuple[Series, Series]:
    """Opening of the mouth (n,) and of the eyes (n,) of faces (n, 68, 2)."""
    mouth = np.array([mouth_opening(points) for points in landmarks], np.float64)
    return mouth, np.array([eye_opening(points) for points in landmarks], np.float64)


def between_eyes(landmarks: NDArray[np.float64]) -> Series:
    """Distance of the eyes' outer corners of faces (n, 68, 2), in their pixels."""
    left, right = _CORNERS
    return np.asarray(np.linalg.norm(landmarks[:, left] - landmarks[:, right], axis=1))


def pose_errors(target: NDArray[np.float64], output: NDArray[np.float64]) -> tuple[Series, Series]:
    """Degrees between the heads of faces (n, 68, 2): as they are, and above the usual difference.

    The length of the difference in yaw, pitch and roll; the usual one is each angle's median.
    """
    apart = np.array([np.subtract(pose(o), pose(t)) for t, o in zip(target, output, strict=True)])
    steady = apart - np.median(apart, axis=0)
    return np.linalg.norm(apart, axis=1), np.linalg.norm(steady, axis=1)


def expression_errors(
    target: NDArray[np.float64], output: NDArray[np.float64]
) -> tuple[Series, Series]:
    """How far brows, eyes and mouth of faces (n, 68, 2) are from where the target has them.

    Mean distance after the similarity that lays one face on the other, in shares of the distance
    between the eyes' outer corners: as it is, and above each point's median difference, which
    belongs to the faces and not to what they do.
    """
    laid = [transform(t, similarity(t[INNER], MEAN_FACE[INNER])) for t in target]
    onto = [
        transform(o, similarity(o[INNER], at[INNER])) for o, at in zip(output, laid, strict=True)
    ]
    faces = np.asarray(laid)
    apart = (np.asarray(onto) - faces)[:, EXPRESSIVE] / between_eyes(faces)[:, None, None]
    steady = apart - np.median(apart, axis=0)
    return _lengths(apart), _lengths(steady)


def correlation(target: Series, output: Series, shots: Numbers) -> float:
    """Of two series (n,) within shots; NaN where one does not move, or for a handful of frames."""
    if len(target) < _FEWEST:
        return float("nan")
    a, b = _centred(target, shots), _centred(output, shots)
    size = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum() / size) if size > 1e-9 else float("nan")


def amplitude(target: Series, output: Series, shots: Numbers) -> float:
    """Deviation of the output's series over the target's, within shots; NaN as `correlation`."""
    if len(target) < _FEWEST:
        return float("nan")
    still = float(_centred(target, shots).std())
    return float(_centred(output, shots).std() / still) if still > 1e-9 else float("nan")


def lag(target: Series, output: Series, frames: Numbers, shots: Numbers) -> float:
    """Frames by which the output follows the target: where their correlation is highest.

    Args:
        target: (n,).
        output: (n,).
        frames: (n,) numbers of their frames, rising.
        shots: (n,) numbers of their shots; across them nothing is compared.
    """
    best, found = correlation(target, output, shots), 0
    if np.isnan(best):
        return best
    order = sorted(range(-MOST_LAG, MOST_LAG + 1), key=abs)
    for shift in order[1:]:
        _, here, there = np.intersect1d(frames + shift, frames, return_indices=True)
        same = shots[here] == shots[there]
        here, there = here[same], there[same]
        if len(here) < 3 * MOST_LAG:
            continue
        value = correlation(target[here], output[there], shots[here])
        if value > best + _BETTER:
            best, found = value, shift
    return float(found)


def jitter(landmarks: NDArray[np.float64], frames: Numbers, shots: Numbers) -> Series:
    """Second differences (m,) of faces (n, 68, 2) in frames that follow each other in a shot.

    Mean over the points of |p[t-1] - 2 p[t] + p[t+1]|, in distances between the eyes.
    """
    middle = _middles(frames, shots)
    around = landmarks[middle - 1] - 2 * landmarks[middle] + landmarks[middle + 1]
    return _lengths(around) / between_eyes(landmarks[middle])


def jitter_frames(frames: Numbers, shots: Numbers) -> Numbers:
    """The frames (m,) that `jitter` says something of."""
    return frames[_middles(frames, shots)]


def blinks(eyes: Series, frames: Numbers, shots: Numbers) -> list[int]:
    """The frames in which an eye is shut most, one for each blink of a series of openings (n,)."""
    found: list[int] = []
    for shot in np.unique(shots):
        mine = np.flatnonzero(shots == shot)
        shut = mine[eyes[mine] < _SHUT * np.percentile(eyes[mine], 75)]
        for group in np.split(shut, np.flatnonzero(np.diff(frames[shut]) > _NEAR) + 1):
            if len(group) and frames[group[-1]] - frames[group[0]] < _LONGEST:
                found.append(int(frames[group[eyes[group].argmin()]]))
    return found


def kept_blinks(target: list[int], output: list[int]) -> int:
    """How many of the target's blinks the output has within a few frames."""
    return sum(any(abs(one - other) <= _NEAR for other in output) for one in target)


def _middles(frames: Numbers, shots: Numbers) -> Numbers:
    follows = (np.diff(frames) == 1) & (np.diff(shots) == 0)
    return np.flatnonzero(follows[:-1] & follows[1:]) + 1


def _centred(values: Series, shots: Numbers) -> Series:
    """The series without the mean of each shot."""
    _, shot = np.unique(shots, return_inverse=True)
    counts = np.maximum(np.bincount(shot), 1)
    return np.asarray(values - (np.bincount(shot, values) / counts)[shot], np.float64)


def _lengths(apart: NDArray[np.float64]) -> Series:
    return np.asarray(np.linalg.norm(apart, axis=2).mean(axis=1), np.float64)

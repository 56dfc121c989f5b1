"""Lots: which crops of a side a step learns from, some of them more often than others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceswap.alignment.pose import pose
from faceswap.data.expression import Numbers, rarity

Places = NDArray[np.intp]

#: What `--sampling` takes: rare expressions more often, rare poses more often, or all as often.
SAMPLINGS = ("expressions", "poses", "all")
#: Degrees of yaw and of pitch that count as one pose, and how many times as often as in the film a
#: rare one is shown at most.
STEP, MOST_OFTEN = 5.0, 8


@dataclass(frozen=True)
class Lots:
    """The places of the crops to learn from, those of rare ones repeated."""

    places: Places

    def taken(self, step: int, batch: int, shuffle: Callable[[int], np.random.Generator]) -> Places:
        """What a step takes: all lots come before any comes again.

        Args:
            step: Its number.
            batch: How many it takes.
            shuffle: The random numbers of a round through all lots.
        """
        total = len(self.places)
        drawn = np.arange(step * batch, (step + 1) * batch)
        rounds = {int(n): shuffle(int(n)).permutation(total) for n in np.unique(drawn // total)}
        return self.places[[int(rounds[int(n // total)][n % total]) for n in drawn]]


def lots(sampling: str, learnt: Places, measures: Numbers, landmarks: NDArray[np.float32]) -> Lots:
    """The lots of one side.

    Args:
        sampling: One of `SAMPLINGS`.
        learnt: Places of the crops to learn from.
        measures: (n, 9) of all crops, as `expression.comparable` gives them.
        landmarks: (n, 68, 2) of all crops.
    """
    if sampling == "all":
        return Lots(learnt)
    often = rarity(measures[learnt]) if sampling == "expressions" else unusual(landmarks[learnt])
    return Lots(np.repeat(learnt, often))


def unusual(landmarks: NDArray[np.float32]) -> NDArray[np.int64]:
    """How many times each of (n, 68, 2) faces is to be shown so that all poses are as often.

    By squares of `STEP` degrees of yaw and pitch; at most `MOST_OFTEN`, since one face that was
    found where there is none would else be a square's only one.
    """
    angles = np.array([pose(points)[:2] for points in landmarks])
    squares = np.floor(angles / STEP)
    _, which, counts = np.unique(squares, axis=0, return_inverse=True, return_counts=True)
    often = counts.max() / counts[which.ravel()]
    return np.asarray(np.round(often.clip(1, MOST_OFTEN)), np.int64)

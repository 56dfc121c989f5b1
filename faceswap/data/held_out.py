"""Faces that are kept from the training, so that what was learnt can be told from what is known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap.pictures.sheet import spread

Places = NDArray[np.intp]

#: A side with fewer faces than this needs them all.
FEW = 40
#: Faces held out in one piece, and how many at each of its ends are not measured. A neighbour of a
#: learnt frame is half known: on six talking heads the nearest learnt picture differs from a single
#: held-out frame by a third of what it does 13 frames away; three frames in, by two thirds.
PIECE, EDGE = 16, 3


class Split(NamedTuple):
    """Which of a side's faces are learnt, and which show how well.

    Attributes:
        learnt: Places of the faces to train on.
        fair: Places of the held-out faces that are no neighbours of learnt ones. All faces where
            none are held out: figures are then of faces that were learnt.
    """

    learnt: Places
    fair: Places

    def measured(self, most: int, least: int = 0) -> list[int]:
        """At most `most` of the fair places, evenly spread, in rising order.

        Where there are fewer than `least`, learnt ones from all over the film make up for them.
        """
        fair = evenly(self.fair, most)
        learnt = np.setdiff1d(self.learnt, fair)
        return sorted([*fair, *evenly(learnt, max(0, least - len(fair)))])


def split(count: int, share: float) -> Split:
    """Hold out a share of a film's faces in pieces evenly spread over it.

    Args:
        count: How many faces there are, in the order of their frames.
        share: Of them to hold out, 0 to 0.5; nothing of fewer than `FEW`.

    Example:
        >>> split(100, 0.1).fair.tolist()
        [48, 49, 50, 51]
        >>> len(split(100, 0.1).learnt)
        90
    """
    places = np.arange(count)
    held = round(count * share) if count >= FEW else 0
    if not held:
        return Split(places, places)
    pieces = [_piece(count, held, number) for number in range(_pieces(held))]
    learnt = np.delete(places, np.concatenate(pieces))
    return Split(learnt, np.concatenate([_inner(piece) for piece in pieces]))


def evenly(places: Places, most: int) -> list[int]:
    """At most so many of the places, as far apart as they can be."""
    return [int(places[number]) for number in spread(len(places), most)]


def _pieces(held: int) -> int:
    return max(1, round(held / PIECE))


def _piece(count: int, held: int, number: int) -> Places:
    pieces = _pieces(held)
    length = held * (number + 1) // pieces - held * number // pieces
    begin = round((number + 0.5) * count / pieces - length / 2)
    return np.arange(begin, begin + length)


def _inner(piece: Places) -> Places:
    edge = min(EDGE, (len(piece) - 1) // 3)
    return piece[edge : len(piece) - edge]

"""The network's faces calmed over time: its answers tremble though the face before it is still."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.alignment.temporal import LISTENED, noise_of, noise_shares, reach, smooth
from faceswap.pictures.levels import shares

Faces = NDArray[np.float32]

#: Deviations of the kernels in frames.
_WIDTHS = (1.0, 2.0)
#: By how much the noise is overrated at a strength of 1. Measured on two talking pairs: the jitter
#: of the output falls from 1.19 to 1.08 and from 1.01 to 0.89 of the target's, the mouth keeps 96 %
#: and more of its movement and the face 98.5 % of its sharpness.
_OVERRATED = 3.0
#: Noise where a track is too short to measure it, and its limits, in shares of white.
_USUAL, _LEAST, _MOST = 0.003, 0.0005, 0.01
#: Neighbourhoods along a side; what is in one moves together.
_PLACES = 16
#: Frames before and after a frame that may count for it.
REACH = 2 * reach(_WIDTHS[-1]) + LISTENED + 1
#: Frames given out at once.
_BLOCK = 96


class Drawn(NamedTuple):
    """A face the network drew.

    Attributes:
        frame: Number of its frame.
        key: The same for the faces of one track in one shot.
        face: (s, s, 3) in [0, 1], or uint8.
    """

    frame: int
    key: object
    face: NDArray[np.float32] | NDArray[np.uint8]


def calm(faces: Faces, frames: NDArray[np.int64], strength: float = 1.0) -> Faces:
    """The faces of one track without the network's trembling; expressions stay.

    Each neighbourhood of the picture is averaged over a few frames before and after as far as
    nothing moves in it but noise.

    Args:
        faces: (n, s, s, 3) in [0, 1], all laid on the same square by steady matrices.
        frames: (n,) their frames, rising.
        strength: How much of the trembling goes; 0 changes nothing.

    Returns:
        (n, s, s, 3); what is more than `REACH` frames away counts for nothing.
    """
    none = np.zeros(len(faces), bool)
    # A quarter of the pixels tells the noise as well.
    noise = noise_of(faces[:, ::2, ::2].reshape(len(faces), -1), frames, none, _USUAL)
    level = (strength * _OVERRATED * noise.clip(_LEAST, _MOST)[:, None]) ** 2
    kept, finer = np.zeros_like(faces), faces
    for width, share in zip(_WIDTHS, noise_shares(_WIDTHS), strict=True):
        coarser = smooth(faces, frames, none, width)
        part, finer = finer - coarser, coarser
        energy = smooth(_energy(part), frames, none, 1.0, sloped=False)
        signal = 1 - share * level / np.maximum(energy, 1e-12)
        kept += _grown(signal.clip(0, 1), faces.shape[1]) * part
    return kept + finer


def calmed(drawn: Iterable[Drawn], strength: float = 1.0) -> Iterator[Faces]:
    """Each face (s, s, 3) in [0, 1], calmed along its track, in the order given.

    Args:
        drawn: By rising frames; those of all tracks mixed.
        strength: As in `calm`.

    Yields:
        One for each of `drawn`, `REACH` frames and a block behind.
    """
    window: list[Drawn] = []
    known = 0
    for one in drawn:
        if len(window) > known and one.frame - window[known].frame >= _BLOCK + REACH:
            stop = _until(window, one.frame - REACH)
            yield from _block(window, known, stop, strength)
            drop = _until(window, one.frame - 2 * REACH)
            window, known = window[drop:], stop - drop
        window.append(one)
    yield from _block(window, known, len(window), strength)


def _energy(part: Faces) -> Faces:
    """The mean square of each neighbourhood: (n, m m)."""
    small = [
        cv2.resize((face**2).mean(axis=2), (_PLACES, _PLACES), interpolation=cv2.INTER_AREA)
        for face in part
    ]
    return np.stack(small).reshape(len(part), -1)


def _grown(signal: Faces, side: int) -> Faces:
    """From a number for each neighbourhood to one for each pixel, (n, side, side, 1)."""
    squares = signal.reshape(-1, _PLACES, _PLACES).astype(np.float32)
    return np.stack([cv2.resize(square, (side, side)) for square in squares])[..., None]


def _until(window: list[Drawn], frame: int) -> int:
    """How many of the window's faces are of frames before this one."""
    return bisect_left(window, frame, key=lambda one: one.frame)


def _block(window: list[Drawn], start: int, stop: int, strength: float) -> Iterator[Faces]:
    """The faces `start` to `stop` of a window, calmed by all of it."""
    tracks: dict[object, list[int]] = defaultdict(list)
    for at, one in enumerate(window):
        tracks[one.key].append(at)
    done: dict[int, Faces] = {}
    for members in tracks.values():
        if members[-1] < start or members[0] >= stop:
            continue
        faces = np.stack([_shares(window[at].face) for at in members])
        frames = np.array([window[at].frame for at in members])
        for at, face in zip(members, calm(faces, frames, strength), strict=True):
            if start <= at < stop:
                done[at] = face
    yield from (done[at] for at in range(start, stop))


def _shares(face: NDArray[np.float32] | NDArray[np.uint8]) -> Faces:
    if face.dtype == np.uint8:
        return shares(face)
    return np.asarray(face, np.float32)

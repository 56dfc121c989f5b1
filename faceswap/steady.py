"""Faces steadied over time, looking both ways, so that nothing lags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from faceswap.faces import Face, FrameFaces, descriptor_array, landmarks_array, make_face
from faceswap.found import Found, overlap
from faceswap.landmarks import seat_of
from faceswap.steady_shape import REACH, steady_shape
from faceswap.temporal import GAP

#: Score of a face that fills a gap: lower than that of any face a detector found.
FILLED = -9.0
#: Frames given out at once, and those that must be known after and before them.
_BLOCK, _AHEAD = 96, REACH + GAP + 1
#: Share of their squares that faces in frames that follow each other have at least in common.
_SAME = 0.3
#: Two descriptors further apart than this are two people.
_STRANGERS = 0.6


def steadied(
    frames: Iterable[FrameFaces], cuts: Iterable[bool], strength: float = 1.0
) -> Iterator[FrameFaces]:
    """The frames with each face's landmarks steadied and its short gaps filled.

    Tracks that follow each other in one place are one: detection begins anew with each of its
    ranges, and a face that was lost comes back as another track. All their faces bear the number
    of the first. A frame that a face is missing in, up to `GAP` in a row, gets one between those
    before and after, with a score of `FILLED` and no descriptor, behind those that were found.

    Args:
        frames: Every frame in order.
        cuts: For each of them, whether a shot begins with it; nothing counts across.
        strength: How much larger than measured the landmarks' noise is held to be; 0 gives the
            frames as they are.

    Yields:
        One for each of `frames`, at most some 170 frames behind. What is given for a frame hangs
        on no more than `REACH` frames before and after it and the gaps there.
    """
    if strength <= 0:
        yield from frames
        return
    chains = _Chains()
    window: list[_Line] = []
    known = 0
    for line, cut in zip(frames, cuts, strict=True):
        window.append(_Line(line, chains.step(line, cut)))
        if len(window) == known + _BLOCK + _AHEAD:
            yield from _block(window, known, known + _BLOCK, strength)
            drop = max(0, known + _BLOCK - _AHEAD)
            window, known = window[drop:], known + _BLOCK - drop
    yield from _block(window, known, len(window), strength)


@dataclass(frozen=True)
class _Line:
    """A frame's faces, and which chain each belongs to: its number, and the first track's."""

    found: FrameFaces
    chains: list[tuple[int, int]]


@dataclass
class _Chain:
    number: int
    track: int
    frame: int
    face: Face
    descriptor: NDArray[np.float64] | None


class _Chains:
    """Puts faces into chains: tracks joined where one goes on where another ended."""

    def __init__(self) -> None:
        self._alive: list[_Chain] = []
        self._count = 0

    def step(self, line: FrameFaces, cut: bool) -> list[tuple[int, int]]:
        """The chain of each of the next frame's faces."""
        if cut:
            self._alive = []
        self._alive = [c for c in self._alive if 0 < line.frame - c.frame <= GAP + 1]
        taken = self._matches(line)
        return [self._go_on(line.frame, face, taken.get(n)) for n, face in enumerate(line.faces)]

    def _matches(self, line: FrameFaces) -> dict[int, _Chain]:
        """The chains that faces go on, the same track and the nearest first."""
        pairs = [
            (score, n, chain)
            for n, face in enumerate(line.faces)
            for chain in self._alive
            if (score := _likeness(chain, face, line.frame)) > 0
        ]
        taken: dict[int, _Chain] = {}
        gone: set[int] = set()
        for _, n, chain in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2].number)):
            if n not in taken and chain.number not in gone:
                taken[n] = chain
                gone.add(chain.number)
        return taken

    def _go_on(self, frame: int, face: Face, chain: _Chain | None) -> tuple[int, int]:
        if chain is None:
            chain = _Chain(self._count, face.track, frame, face, None)
            self._count += 1
            self._alive.append(chain)
        chain.frame, chain.face = frame, face
        seen = descriptor_array(face)
        chain.descriptor = chain.descriptor if seen is None else seen
        return chain.number, chain.track


def _likeness(chain: _Chain, face: Face, frame: int) -> float:
    """How much speaks for a face being the chain's next: 0 nothing, above 1 the same track."""
    share = overlap(_square(chain.face), _square(face))
    if chain.face.track == face.track:
        return 1 + share if share else 0.0
    if frame - chain.frame > 1 and _strangers(chain, face):
        return 0.0
    return share if share >= _SAME else 0.0


def _strangers(chain: _Chain, face: Face) -> bool:
    """Whether somebody else came while nobody was seen."""
    other = descriptor_array(face)
    if other is None or chain.descriptor is None:
        return False
    return float(np.linalg.norm(other - chain.descriptor)) > _STRANGERS


def _square(face: Face) -> Found:
    left, top, right, bottom = face.box
    return Found((left + right) / 2, (top + bottom) / 2, right - left, face.score)


def _block(window: list[_Line], start: int, stop: int, strength: float) -> Iterator[FrameFaces]:
    """The lines `start` to `stop` of a window, steadied by all of it."""
    members: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for at, line in enumerate(window):
        for place, (number, _) in enumerate(line.chains):
            members[number].append((at, place))
    faces = [list(line.found.faces) for line in window]
    for number in sorted(members):
        if members[number][-1][0] >= start and members[number][0][0] < stop:
            _steady_chain(window, members[number], faces, strength)
    for line, steady in zip(window[start:stop], faces[start:stop], strict=True):
        yield msgspec.structs.replace(line.found, faces=steady)


def _steady_chain(
    window: list[_Line],
    members: list[tuple[int, int]],
    faces: list[list[Face]],
    strength: float,
) -> None:
    """Puts a chain's faces, steadied, and those that fill its gaps, into `faces`."""
    at, place = members[0]
    track = window[at].chains[place][1]
    found = {at: window[at].found.faces[place] for at, place in members}
    points = {at: landmarks_array(face) for at, face in found.items()}
    for before, after in pairwise(sorted(found)):
        for at in range(before + 1, after):
            share = (at - before) / (after - before)
            points[at] = points[before] * (1 - share) + points[after] * share
    order = sorted(points)
    frames = np.array([window[at].found.frame for at in order])
    places = dict(members)
    for at, steady in zip(
        order, steady_shape([points[at] for at in order], frames, strength), strict=True
    ):
        seat = seat_of(steady)
        if at in found:
            face = found[at]
            descriptor = descriptor_array(face)
            made = make_face(seat.box, face.score, steady, seat.roll, track, descriptor)
            faces[at][places[at]] = made
        else:
            faces[at].append(make_face(seat.box, FILLED, steady, seat.roll, track))

"""Tracks: a face followed through a whole shot, past the ranges that frames were worked on in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate

import msgspec
import numpy as np

from faceswap.detection.faces import Box, Descriptor, Face, FrameFaces
from faceswap.films.frame_index import FrameIndex

#: Frames in a row that a face may be missed in and still be followed.
GAP = 5
#: Least overlap (intersection over union) of a face's squares from one frame to the next. Measured
#: at the ends of ranges: 0.8 and more; each frame of a gap may take its share of it.
OVERLAP, FOR_A_GAP = 0.5, 0.06
#: Descriptors farther apart than this, taken moments apart at one place, are two persons'.
APART = 0.6


@dataclass(eq=False)
class _Open:
    """A track that may go on."""

    number: int
    raw: int
    last: int
    box: Box
    descriptor: Descriptor | None


@dataclass
class _Linker:
    """Gives tracks their numbers, frame after frame."""

    open: list[_Open] = field(default_factory=list)
    count: int = 0

    def step(self, at: int, faces: list[Face], cut: bool) -> list[Face]:
        self.open = [t for t in self.open if not cut and at - t.last <= GAP + 1]
        here = {face.track for face in faces}
        found = {t.raw: t for t in self.open if t.raw in here}
        free = [t for t in self.open if t.raw not in here]
        return [self._numbered(at, face, found, free) for face in faces]

    def _numbered(self, at: int, face: Face, found: dict[int, _Open], free: list[_Open]) -> Face:
        track = found.get(face.track)
        if track is None:
            fits = [t for t in free if _goes_on(t, face, at)]
            track = max(fits, key=lambda t: overlap(t.box, face.box), default=None)
        if track is None:
            self.count += 1
            track = _Open(self.count, face.track, at, face.box, face.descriptor)
            self.open.append(track)
        elif track in free:
            free.remove(track)
        track.raw, track.last, track.box = face.track, at, face.box
        track.descriptor = face.descriptor or track.descriptor
        return msgspec.structs.replace(face, track=track.number)


def linked(frames: Iterable[FrameFaces], cuts: Iterable[bool]) -> Iterator[FrameFaces]:
    """The frames with their tracks numbered from 1, in the order they begin in.

    A track goes on where work on a new range of frames began, and where the face was missed for
    up to `GAP` frames, as long as it comes again at the same place; never past a cut.

    Args:
        frames: The faces of all frames in order, as detection left them.
        cuts: For each frame whether a shot begins with it.
    """
    linker = _Linker()
    for at, (line, cut) in enumerate(zip(frames, cuts, strict=False)):
        yield FrameFaces(line.frame, linker.step(at, line.faces, cut))


def cuts_of(index: FrameIndex) -> Iterator[bool]:
    """For each frame whether a shot begins with it."""
    # A clip begins a shot, whatever its first frame says.
    return (not n or frame.cut for clip in index.clips for n, frame in enumerate(clip.frames))


def shots_of(index: FrameIndex) -> Iterator[int]:
    """The number of each frame's shot, counted from 1 over all clips."""
    return accumulate(map(int, cuts_of(index)))


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two squares."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / (sum(areas) - width * height)


def _goes_on(track: _Open, face: Face, at: int) -> bool:
    missed = at - track.last - 1
    if overlap(track.box, face.box) < OVERLAP - FOR_A_GAP * missed:
        return False
    if track.descriptor is None or face.descriptor is None:
        return True
    return float(np.linalg.norm(np.subtract(track.descriptor, face.descriptor))) <= APART

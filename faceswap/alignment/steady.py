"""Faces steadied over time, looking both ways, so that nothing lags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import msgspec
import numpy as np

from faceswap.alignment.steady_shape import REACH, steady_shape
from faceswap.alignment.temporal import GAP
from faceswap.detection.faces import Face, FrameFaces, descriptor_array, landmarks_array, make_face
from faceswap.detection.landmarks import seat_of
from faceswap.pictures.geometry import Points

#: Score of a face that fills a gap: lower than that of any face a detector found.
FILLED = -9.0
#: Frames given out at once, and those that must be known before and after them.
_BLOCK, _ROOM = 96, REACH + GAP + 1


def steadied(
    frames: Iterable[FrameFaces], cuts: Iterable[bool], strength: float = 1.0
) -> Iterator[FrameFaces]:
    """The frames with each face's landmarks steadied and its short gaps filled.

    A frame that a face is missing in, up to `GAP` in a row, gets one between those before and
    after, with a score of `FILLED` and no descriptor, behind the faces that were found.

    Args:
        frames: Every frame in order, with tracks as `tracks.linked` numbers them: those that
            detection leaves end with each of its ranges, and there every face would jump.
        cuts: For each of them, whether a shot begins with it; nothing counts across.
        strength: How much larger than measured the landmarks' noise is held to be; 0 gives the
            frames as they are.

    Yields:
        One for each of `frames`, at most some 170 frames behind: what is given for one depends
        on no more than `REACH` frames before and after it, and on the gaps there.
    """
    if strength <= 0:
        yield from frames
        return
    window: list[_Line] = []
    known = shot = 0
    for line, cut in zip(frames, cuts, strict=True):
        shot += cut
        window.append(_Line(line, shot))
        if len(window) == known + _BLOCK + _ROOM:
            yield from _block(window, known, known + _BLOCK, strength)
            drop = max(0, known + _BLOCK - _ROOM)
            window, known = window[drop:], known + _BLOCK - drop
    yield from _block(window, known, len(window), strength)


class _Line(NamedTuple):
    """A frame's faces, and the number of its shot."""

    found: FrameFaces
    shot: int


class _Seen(NamedTuple):
    """A face and its places in the window and in its frame."""

    at: int
    place: int
    face: Face


def _block(window: list[_Line], start: int, stop: int, strength: float) -> Iterator[FrameFaces]:
    """The lines `start` to `stop` of a window, steadied by all of it."""
    tracks: dict[tuple[int, int], list[_Seen]] = defaultdict(list)
    for at, line in enumerate(window):
        for place, face in enumerate(line.found.faces):
            tracks[line.shot, face.track].append(_Seen(at, place, face))
    faces = [list(line.found.faces) for line in window]
    for seen in tracks.values():
        if seen[-1].at < start or seen[0].at >= stop:
            continue
        points = _filled(seen)
        frames = np.array([window[at].found.frame for at in points])
        steady = steady_shape(list(points.values()), frames, strength)
        places = {one.at: one for one in seen}
        for at, shape in zip(points, steady, strict=True):
            if start <= at < stop:
                _put(faces[at], places.get(at), shape, seen[0].face.track)
    for line, changed in zip(window[start:stop], faces[start:stop], strict=True):
        yield msgspec.structs.replace(line.found, faces=changed)


def _filled(seen: list[_Seen]) -> dict[int, Points]:
    """A track's landmarks by their places in the window, rising, without short gaps."""
    points: dict[int, Points] = {}
    for one, other in pairwise(seen):
        before, after = landmarks_array(one.face), landmarks_array(other.face)
        apart = max(other.at - one.at, 1)
        for step in range(apart if apart <= GAP + 1 else 1):
            points[one.at + step] = before + (after - before) * (step / apart)
    points[seen[-1].at] = landmarks_array(seen[-1].face)
    return points


def _put(faces: list[Face], seen: _Seen | None, shape: Points, track: int) -> None:
    """Puts a steadied face in the place of the one that was seen, or behind all others."""
    seat = seat_of(shape)
    if seen is None:
        faces.append(make_face(seat.box, FILLED, shape, seat.roll, track))
    else:
        numbers = descriptor_array(seen.face)
        made = make_face(seat.box, seen.face.score, shape, seat.roll, track, numbers)
        faces[seen.place] = made

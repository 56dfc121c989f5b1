"""Picking: from all faces of a film to those that are swapped, steadied over time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from faceswap.alignment.steady import steadied
from faceswap.detection.faces import Face, FrameFaces
from faceswap.films.frame_index import FrameIndex
from faceswap.people.people import Cast, People
from faceswap.people.tracks import cuts_of, linked, shots_of


class Picked(NamedTuple):
    """A face to be swapped.

    Attributes:
        number: Its number in its frame; of a filled one, beyond those that were found there.
        face: With its linked track.
        shot: Number of its shot, from 1.
        filled: Whether it was not found, but lies between faces that were.
    """

    number: int
    face: Face
    shot: int
    filled: bool


def picked(
    frames: Iterable[FrameFaces], index: FrameIndex, people: People, steady: float = 0.0
) -> Iterator[tuple[int, list[Picked]]]:
    """For each frame its number and the faces to be swapped: at most one a person.

    Args:
        frames: The faces of all frames in order, as detection left them.
        index: Of the same frames.
        people: Who is swapped.
        steady: How strongly landmarks are smoothed over time; 0 leaves them, and fills no gap.
    """
    cast, found = Cast(people), _Numbers()
    lines = (found.note(line, cast) for line in linked(frames, cuts_of(index)))
    chosen = steadied(lines, cuts_of(index), steady) if steady else lines
    for line, shot in zip(chosen, shots_of(index), strict=False):
        yield line.frame, found.take(line, cast, shot)


class _Numbers:
    """The faces' numbers in their frames, kept while faces are steadied."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[list[int], int]] = {}

    def note(self, line: FrameFaces, cast: Cast) -> FrameFaces:
        """The frame with the wanted faces alone."""
        wanted = cast.pick(line)
        self._kept[line.frame] = ([number for number, _ in wanted], len(line.faces))
        return FrameFaces(line.frame, [face for _, face in wanted])

    def take(self, line: FrameFaces, cast: Cast, shot: int) -> list[Picked]:
        """The wanted faces of a steadied frame, and behind them those that fill a gap."""
        numbers, free = self._kept.pop(line.frame)
        count = len(numbers)
        found = [
            Picked(number, face, shot, False)
            for number, face in zip(numbers, line.faces, strict=False)
        ]
        there = {cast.person(face) for face in line.faces[:count]}
        for face in line.faces[count:]:
            person = cast.person(face)
            # A person seen there already needs no filling; nor does what was taken out by hand.
            if person in there or cast.dropped(line.frame, person, face.track):
                continue
            there.add(person)
            found.append(Picked(free + len(found) - count, face, shot, True))
        return found

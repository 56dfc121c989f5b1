"""Whose face is whose: tracks grouped to persons by descriptor, and one person chosen."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from faceswap.errors import NoFaces
from faceswap.faces import Face, FrameFaces, descriptor_array

Descriptor = NDArray[np.float64]

#: Descriptors of one person lie nearer than this to each other (dlib: 99.38 % on LFW at 0.6).
SAME = 0.6


@dataclass
class Person:
    """A group of tracks that show one person."""

    mean: Descriptor
    faces: int = 0
    tracks: dict[int, float] = field(default_factory=dict)

    def distance(self, descriptor: Descriptor) -> float:
        """How far a descriptor is from the person's mean."""
        return float(np.linalg.norm(self.mean - descriptor))


@dataclass(frozen=True)
class Choice:
    """Which faces are one person's: at most one a frame.

    Attributes:
        tracks: For each of the person's tracks, how far it is from the person's mean.
        others: Tracks that are known to be somebody else's.
    """

    tracks: dict[int, float]
    others: frozenset[int]

    def pick(self, faces: Iterable[Face]) -> list[tuple[int, Face]]:
        """The person's face among a frame's, with its number there; empty if it has none."""
        mine = [(n, face) for n, face in enumerate(faces) if face.track not in self.others]
        mine.sort(key=lambda item: self.tracks.get(item[1].track, SAME))
        return mine[:1]


def choose(frames: Iterable[FrameFaces], photo: Descriptor | None = None) -> Choice:
    """The person of a photo, or without one the person seen most.

    Args:
        frames: The faces of all frames; read once.
        photo: Descriptor of the wanted person.

    Raises:
        NoFaces: If nobody resembles the photo.
    """
    seen = _tracks(frames)
    people = _group(seen)
    if not people:
        return Choice(dict.fromkeys(seen.faces, 0.0), frozenset())
    wanted = _wanted(people, photo)
    others = {t for person in people if person is not wanted for t in person.tracks}
    return Choice(wanted.tracks, frozenset(others))


def _wanted(people: list[Person], photo: Descriptor | None) -> Person:
    if photo is None:
        return max(people, key=lambda person: person.faces)
    nearest = min(people, key=lambda person: person.distance(photo))
    if nearest.distance(photo) > SAME:
        raise NoFaces(
            f"nobody looks like the person of the photo: the nearest is at a distance of "
            f"{nearest.distance(photo):.2f}, {SAME} is needed; give another photo, or none"
        )
    return nearest


@dataclass
class _Seen:
    """What is known of tracks: their faces, mean descriptors, and who was in a frame at once."""

    faces: Counter[int] = field(default_factory=Counter)
    means: dict[int, Descriptor] = field(default_factory=dict)
    beside: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))


def _tracks(frames: Iterable[FrameFaces]) -> _Seen:
    seen = _Seen()
    sums: dict[int, tuple[Descriptor, int]] = {}
    for frame in frames:
        here = {face.track for face in frame.faces}
        for face in frame.faces:
            seen.faces[face.track] += 1
            if len(here) > 1:
                seen.beside[face.track] |= here - {face.track}
            descriptor = descriptor_array(face)
            if descriptor is not None:
                total, count = sums.get(face.track, (np.zeros(128), 0))
                sums[face.track] = (total + descriptor, count + 1)
    seen.means = {track: total / count for track, (total, count) in sums.items()}
    return seen


def _group(seen: _Seen) -> list[Person]:
    """Persons, by joining each track, the longest first, to the nearest group it can belong to.

    Nobody is in a frame twice, so a track does not join the person of one that was beside it.
    """
    people: list[Person] = []
    for track in sorted(seen.means, key=lambda t: (-seen.faces[t], t)):
        mean = seen.means[track]
        apart = [p for p in people if not seen.beside.get(track, set()) & p.tracks.keys()]
        person = min(apart, key=lambda p: p.distance(mean), default=None)
        if person is None or person.distance(mean) > SAME:
            person = Person(mean)
            people.append(person)
        _join(person, track, mean, seen.faces[track])
    for person in people:
        person.tracks = {track: person.distance(seen.means[track]) for track in person.tracks}
    return people


def _join(person: Person, track: int, mean: Descriptor, faces: int) -> None:
    person.mean = (person.mean * person.faces + mean * faces) / (person.faces + faces)
    person.faces += faces
    person.tracks[track] = 0.0

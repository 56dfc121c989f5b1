"""Casting: persons that were found, numbered and decided upon as they were the last time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from faceswap.detection.faces import Descriptor
from faceswap.errors import NoFaces
from faceswap.people import spans
from faceswap.people.identity import SAME, Group, Seen, nearest, time_of
from faceswap.people.people import People, Person
from faceswap.storage.untrusted import load_json


class Known(msgspec.Struct, forbid_unknown_fields=True):
    """What people.toml was made from.

    Attributes:
        faces: Fingerprint of the faces.
        identity: What was asked for, and the fingerprint of the photo.
        means: Each person's mean descriptor by number; those without one are left out.
        people: Digest of the text of people.toml as it was made.
    """

    faces: str
    identity: tuple[str, str]
    means: dict[int, Descriptor] = {}
    people: str = ""

    @classmethod
    def load(cls, path: Path) -> Known | None:
        """What a file says, or None if there is none."""
        if not path.exists():
            return None
        advice = "delete it and run `faceswap people` again"
        return load_json(path, cls, "is no list of persons", advice)


def cast(groups: Sequence[Group], tracks: Mapping[int, Seen]) -> tuple[People, dict[int, Group]]:
    """People numbered from 1 in the order of the groups, nobody swapped; and each one's group."""
    numbered = dict(enumerate(groups, start=1))
    return People(person=[_person(n, g, tracks) for n, g in numbered.items()]), numbered


def regrouped(people: People, tracks: Mapping[int, Seen]) -> dict[int, Group]:
    """Each person's group by the tracks that the file gives it; those that are nobody's go free."""
    groups = {person.number: Group() for person in people.person}
    for track, number in people.owners().items():
        seen = tracks.get(track)
        if seen is not None:
            weight = float(seen.faces if seen.described else 0)
            groups[number].add(Group({track}, seen.mean, weight))
    return groups


def refreshed(people: People, groups: Mapping[int, Group], tracks: Mapping[int, Seen]) -> People:
    """The same people and corrections, with the figures that belong to their tracks."""
    persons = []
    for old in people.person:
        now = _person(old.number, groups[old.number], tracks)
        persons.append(msgspec.structs.replace(now, name=old.name, swap=old.swap))
    return People(person=persons, drop=people.drop)


def recast(
    old: People, known: Known, groups: Sequence[Group], tracks: Mapping[int, Seen]
) -> tuple[People, dict[int, Group], list[Person]]:
    """New groups under the numbers, names and decisions of the persons they resemble.

    Returns:
        The people, each one's group by number, and those of the old who are seen no more.
        Corrections stay where they speak of frames or of persons still there; the tracks they
        name are other ones now.
    """
    numbers = _matched(known, groups)
    free = max([p.number for p in old.person], default=0) + 1
    numbered: dict[int, Group] = {}
    for place, one in enumerate(groups):
        number = numbers.get(place)
        if number is None:
            number, free = free, free + 1
        numbered[number] = one
    before = {person.number: person for person in old.person}
    persons = []
    for number, one in numbered.items():
        now = _person(number, one, tracks)
        was = before.get(number, now)
        persons.append(msgspec.structs.replace(now, name=was.name, swap=was.swap))
    gone = [person for person in old.person if person.number not in numbered]
    drops = [d for d in old.drop if not d.track and (not d.person or d.person in numbered)]
    return People(person=persons, drop=drops), numbered, gone


def decide(
    people: People, groups: Mapping[int, Group], photo: Sequence[float] | None, everybody: bool
) -> People:
    """The people with one swapped: the one of the photo, or the one seen longest; or everybody.

    Raises:
        NoFaces: If nobody resembles the photo.
    """
    wanted = {p.number for p in people.person} if everybody else _wanted(people, groups, photo)
    persons = [msgspec.structs.replace(p, swap=p.number in wanted) for p in people.person]
    return People(person=persons, drop=people.drop)


def _wanted(people: People, groups: Mapping[int, Group], photo: Sequence[float] | None) -> set[int]:
    if not people.person:
        return set()
    if photo is None:
        return {max(people.person, key=lambda p: (p.seconds, -p.number)).number}
    numbers = list(groups)
    place, distance = nearest([groups[n] for n in numbers], np.asarray(photo, np.float64))
    if distance > SAME:
        raise NoFaces(
            f"nobody looks like the person of the photo: the nearest is at a distance of "
            f"{distance:.2f}, {SAME} is needed; give another photo, or none"
        )
    return {numbers[place]}


def _person(number: int, group: Group, tracks: Mapping[int, Seen]) -> Person:
    mine = [tracks[name] for name in group.tracks]
    return Person(
        number=number,
        name=f"person {number}",
        seconds=round(time_of(group.tracks, tracks), 2),
        faces=sum(track.faces for track in mine),
        shots=spans.text(track.shot for track in mine),
        tracks=spans.text(group.tracks),
    )


def _matched(known: Known, groups: Sequence[Group]) -> dict[int, int]:
    """For places of groups the old number of the person there; the nearest pairs first."""
    pairs = sorted(
        (group.distance(np.array(mean)), number, place)
        for number, mean in known.means.items()
        for place, group in enumerate(groups)
    )
    numbers: dict[int, int] = {}
    for distance, number, place in pairs:
        if distance <= SAME and place not in numbers and number not in numbers.values():
            numbers[place] = number
    if not known.means and len(groups) == 1 and not groups[0].weight:
        numbers[0] = 1
    return numbers

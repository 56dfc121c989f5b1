"""People: who is seen on one side, whose face is swapped, and what was corrected by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from faceswap.detection.faces import Face, FrameFaces
from faceswap.errors import BadOption
from faceswap.people import spans
from faceswap.storage import durable
from faceswap.storage.untrusted import UNREADABLE, load_toml, said

Number = Annotated[int, msgspec.Meta(ge=1)]

_HEAD = """\
# Who is seen, and whose face is swapped (in the source: learnt, and put in). Yours to edit:
# `swap`, `name`; moving a track from one person's `tracks` to another's gives that person its
# faces. `faceswap align` and what follows notice. `faceswap faces -h` does the same by command.
"""


class Person(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One person: the number stays the same when faces are detected anew.

    `shots` and `tracks` are numbers as in ``1, 3-5``; both are counted from 1 over all clips.
    """

    number: Number
    name: str = ""
    swap: bool = False
    seconds: float = 0.0
    faces: int = 0
    shots: str = ""
    tracks: str = ""


class Drop(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Faces that are none, or are to be left alone: in these frames, of this person or track.

    What is not said (0, or no frames) is everything.
    """

    frames: str = ""
    person: int = 0
    track: int = 0


class People(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a people.toml holds."""

    person: list[Person] = []
    drop: list[Drop] = []

    @classmethod
    def load(cls, path: Path) -> People:
        """The people of a file.

        Raises:
            BadOption: If it is no TOML, holds what does not belong there, the same number or
                track twice, or speaks of a person who is not there.
        """
        tables = load_toml(path)
        try:
            people = msgspec.convert(tables, cls)
            people.check()
        except (*UNREADABLE, BadOption) as error:
            raise BadOption(f"{path}: {said(error)}") from None
        return people

    def check(self) -> None:
        """Refuse what contradicts itself."""
        for number, times in Counter(p.number for p in self.person).items():
            if times > 1:
                raise BadOption(f"person {number} is there twice: give each its own number")
        self.owners()
        for drop in self.drop:
            spans.parse(drop.frames, "drop.frames")
            if drop.person:
                self.find(drop.person)

    def find(self, number: int) -> Person:
        """The person of a number; raises `BadOption` if there is none."""
        for person in self.person:
            if person.number == number:
                return person
        known = spans.text(p.number for p in self.person) or "none"
        raise BadOption(f"no person {number}: there are {known}")

    def owners(self) -> dict[int, int]:
        """The person's number for each track; raises `BadOption` for a track of two."""
        found: dict[int, int] = {}
        for person in self.person:
            for track in spans.numbers(person.tracks, f"tracks of person {person.number}"):
                if found.setdefault(track, person.number) != person.number:
                    raise BadOption(
                        f"track {track} is person {found[track]}'s and "
                        f"person {person.number}'s: a face has one owner"
                    )
        return found

    def save(self, path: Path) -> None:
        """Write the file whole or not at all."""
        durable.write(path, self.text().encode())

    def text(self) -> str:
        """The file's text."""
        blocks = [_HEAD]
        for kind, entries in (("person", self.person), ("drop", self.drop)):
            blocks += [_block(kind, entry) for entry in entries]
        return "\n".join(blocks)


class Cast:
    """Picks, frame by frame, the faces that are to be swapped.

    Args:
        people: Who is who.
        everything: Also the faces of those who are not swapped.
    """

    def __init__(self, people: People, everything: bool = False) -> None:
        self._owners = people.owners()
        self._wanted = {p.number for p in people.person if p.swap or everything}
        self._drops = [(spans.parse(d.frames, "drop"), d.person, d.track) for d in people.drop]

    def pick(self, line: FrameFaces) -> list[tuple[int, Face]]:
        """The wanted faces of a frame with their numbers there: of each person the largest."""
        found: dict[int, tuple[int, Face]] = {}
        for number, face in enumerate(line.faces):
            person = self._owners.get(face.track, 0)
            if person in self._wanted and not self.dropped(line.frame, person, face.track):
                found.setdefault(person, (number, face))
        return list(found.values())

    def person(self, face: Face) -> int:
        """The number of the face's person; 0 for nobody's."""
        return self._owners.get(face.track, 0)

    def dropped(self, frame: int, person: int, track: int) -> bool:
        """Whether a correction takes this face out."""
        return any(
            (not frames or spans.inside(frame, frames))
            and who in (0, person)
            and which in (0, track)
            for frames, who, which in self._drops
        )


def _block(kind: str, entry: Person | Drop) -> str:
    return "\n".join([f"[[{kind}]]", *_lines(entry)]) + "\n"


def _lines(entry: Person | Drop) -> Iterator[str]:
    for name, value in msgspec.structs.asdict(entry).items():
        # A JSON string, number or switch is one of TOML too.
        yield f"{name} = {msgspec.json.encode(value).decode()}"

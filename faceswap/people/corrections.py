"""Corrections of who is swapped where: made one by one, and taken back one by one."""

from __future__ import annotations

from pathlib import Path

import msgspec

from faceswap.errors import BadOption
from faceswap.manifest import digest
from faceswap.people import spans
from faceswap.people.people import Drop, People
from faceswap.storage import durable
from faceswap.storage.untrusted import load_json

#: Corrections that can be taken back.
KEPT = 50


class _Step(msgspec.Struct, forbid_unknown_fields=True):
    """A file's text before a correction, and the digest of the text after it."""

    before: str
    after: str


class Corrections:
    """The corrections of a people.toml.

    Args:
        path: The people.toml.
        log: Where the texts before each correction are kept.
    """

    def __init__(self, path: Path, log: Path) -> None:
        self.path = path
        self.log = log

    def make(self, people: People) -> None:
        """Write the corrected people, so that it can be taken back; nothing where nothing changes.

        So a correction that is asked for again, because it was killed, is made once.
        """
        people.check()
        before = self.path.read_text(encoding="utf-8")
        if before == people.text():
            return
        step = _Step(before, digest(people.text()))
        # First the way back: one that leads nowhere, after a kill, is left out by `_steps`.
        self._keep([*self._steps(), step][-KEPT:])
        people.save(self.path)

    def undo(self) -> None:
        """Take the last correction back.

        Raises:
            BadOption: If there is none, or the file was edited since.
        """
        steps = self._steps()
        if not steps:
            raise BadOption(f"no correction of {self.path} is left to take back")
        if digest(self.path.read_text(encoding="utf-8")) != steps[-1].after:
            raise BadOption(
                f"{self.path} was edited since its last correction, which is not taken back so "
                "that nothing gets lost: edit it again"
            )
        durable.write(self.path, steps[-1].before.encode())
        self._keep(steps[:-1])

    def _steps(self) -> list[_Step]:
        if not self.log.exists():
            return []
        steps = load_json(self.log, list[_Step], "is no list of corrections", "delete it")
        now = self.path.read_text(encoding="utf-8")
        # Killed in between, a correction was not made yet, or is taken back already.
        while steps and steps[-1].before == now and steps[-1].after != digest(now):
            steps.pop()
        return steps

    def _keep(self, steps: list[_Step]) -> None:
        durable.write(self.log, msgspec.json.encode(steps))


def with_drop(people: People, frames: str, person: int, track: int) -> People:
    """The people with faces taken out: of these frames (`all`), this person, this track (0: any).

    Raises:
        BadOption: If it would take out everything, the frames are no numbers, or there is no such
            person.
    """
    if frames == "all" and not person and not track:
        raise BadOption("--drop all takes out every face: say --person or --track too")
    wanted = "" if frames == "all" else spans.text(spans.numbers(frames, "--drop"))
    if person:
        people.find(person)
    drop = Drop(frames=wanted, person=person, track=track)
    if drop in people.drop:
        return people
    return People(person=people.person, drop=[*people.drop, drop])


def with_track(people: People, track: int, number: int) -> People:
    """The people with a track given to another person; raises `BadOption` for one not there."""
    people.find(number)
    persons = []
    for person in people.person:
        mine = set(spans.numbers(person.tracks, "tracks")) - {track}
        if person.number == number:
            mine.add(track)
        persons.append(msgspec.structs.replace(person, tracks=spans.text(mine)))
    return People(person=persons, drop=people.drop)

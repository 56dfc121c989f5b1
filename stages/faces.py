"""List whose faces are where, or correct who is swapped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from faceswap.detection.faces import read_faces
from faceswap.errors import BadOption
from faceswap.films.frame_index import FrameIndex
from faceswap.options import option
from faceswap.people import spans
from faceswap.people.corrections import Corrections, with_drop, with_track
from faceswap.people.people import Cast, Drop, People
from faceswap.people.tracks import cuts_of, linked, shots_of
from faceswap.stage import Progress, Stage, Summary, silent
from faceswap.workspace import Workspace

#: In the folder beside people.toml: what corrections can be taken back to.
LOG = "corrections.json"
#: Tracks told of one by one; letters of a list of numbers.
MOST, LONG = 40, 60


@dataclass
class _Track:
    person: int
    shot: int
    frames: list[int] = field(default_factory=list)
    swapped: int = 0


@dataclass(frozen=True)
class Faces(Stage):
    """List whose faces are where; with --drop, --track and --person correct who is swapped.

    Corrections are written into people.toml; align and what follows are stale after one.
    """

    reads = ("frames", "faces", "people")
    writes = ()
    per_side = True
    sides = ("target",)
    on_demand = True

    drop: tuple[str, ...] = option(
        (), "Frames whose faces are left alone, such as 120-140,150; `all` with a person or track."
    )
    person: int = option(
        0, "List or drop only this person's faces; with --track, whose the track is.", low=0
    )
    track: int = option(0, "List or drop only this track's faces.", low=0)
    undo: bool = option(False, "Take the last correction back; can be repeated.")

    def validate(self) -> None:
        """Refuse to take back and to correct at once."""
        if self.undo and (self.drop or self.person or self.track):
            raise BadOption("--undo goes alone: it takes back the last correction, whatever it was")

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Correct people.toml if anything is asked for, and tell how it is then."""
        path = work.require("people")
        corrections = Corrections(path, work.require("known") / LOG)
        people = People.load(path)
        before = self._tracks(work, people)
        self._refuse_unknown(people, before)
        if self.undo:
            corrections.undo()
        elif self.drop:
            people = with_drop(people, ",".join(self.drop), self.person, self.track)
            corrections.make(people)
        elif self.track and self.person:
            corrections.make(with_track(people, self.track, self.person))
        changed = self.undo or self.drop or (self.track and self.person)
        people = People.load(path)
        after = self._tracks(work, people) if changed else before
        frames = len(FrameIndex.load(work.path("frames")))
        for text, record in self._lines(work, people, after, frames):
            progress.note(text, record)
        swapped = sum(track.swapped for track in after.values())
        if changed:
            return {"faces_swapped": swapped, "before": sum(t.swapped for t in before.values())}
        faces = sum(len(track.frames) for track in after.values())
        return {"frames": frames, "faces": faces, "faces_swapped": swapped}

    def _refuse_unknown(self, people: People, tracks: dict[int, _Track]) -> None:
        if self.person:
            people.find(self.person)
        if self.track and self.track not in tracks:
            raise BadOption(f"no track {self.track}: they are numbered from 1 to {len(tracks)}")

    def _tracks(self, work: Workspace, people: People) -> dict[int, _Track]:
        """Where each track is seen, and how many of its faces are swapped."""
        index = FrameIndex.load(work.require("frames"))
        cast = Cast(people)
        found: dict[int, _Track] = {}
        faces = linked(read_faces(work.require("faces")), cuts_of(index))
        for line, shot in zip(faces, shots_of(index), strict=False):
            wanted = {number for number, _ in cast.pick(line)}
            for number, face in enumerate(line.faces):
                track = found.setdefault(face.track, _Track(cast.person(face), shot))
                track.frames.append(line.frame)
                track.swapped += number in wanted
        return found

    def _lines(
        self, work: Workspace, people: People, tracks: dict[int, _Track], frames: int
    ) -> Iterator[tuple[str, dict[str, object]]]:
        if self.person or self.track:
            yield from self._track_lines(tracks)
            return
        seen: dict[int, list[_Track]] = defaultdict(list)
        for track in tracks.values():
            seen[track.person].append(track)
        for person in people.person:
            where = _frames(seen[person.number])
            swapped = sum(track.swapped for track in seen[person.number])
            what = f"{swapped} faces swapped" if person.swap else "left alone"
            text = f"{work.side} {person.number} {person.name}: {what}, tracks {person.tracks}"
            record = msgspec.structs.asdict(person) | {"frames": where, "swapped": swapped}
            yield f"{text}, frames {_short(where)}", record
        for drop in people.drop:
            yield f"dropped: {_said(drop)}", {"drop": msgspec.structs.asdict(drop)}
        there = {n for t in tracks.values() for n in t.frames}
        missing = spans.text(set(range(frames)) - there)
        if missing:
            yield f"{work.side}: no face in frames {_short(missing)}", {"without": missing}

    def _track_lines(self, tracks: dict[int, _Track]) -> Iterator[tuple[str, dict[str, object]]]:
        wanted = [
            (number, track)
            for number, track in tracks.items()
            if self.track in (0, number) and (self.track or track.person == self.person)
        ]
        for number, track in wanted[:MOST]:
            where = spans.text(track.frames)
            text = f"track {number}: person {track.person}, shot {track.shot}"
            record = {"track": number, "person": track.person, "shot": track.shot}
            record |= {"swapped": track.swapped}
            many = f"{track.swapped} of {len(track.frames)} faces swapped"
            yield f"{text}, {many}, frames {_short(where)}", {**record, "frames": where}
        if len(wanted) > MOST:
            yield f"and {len(wanted) - MOST} more tracks", {"more": len(wanted) - MOST}


def _frames(tracks: list[_Track]) -> str:
    return spans.text(number for track in tracks for number in track.frames)


def _said(drop: Drop) -> str:
    words = [f"frames {_short(drop.frames)}" if drop.frames else "all frames"]
    words += [f"person {drop.person}"] if drop.person else []
    return ", ".join(words + ([f"track {drop.track}"] if drop.track else []))


def _short(text: str) -> str:
    return text if len(text) <= LONG else text[:LONG].rpartition(",")[0] + ", ..."

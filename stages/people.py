"""Say who is seen: tracks grouped to persons, and whose face is swapped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from faceswap.detection.faces import FrameFaces, read_faces
from faceswap.errors import NoFaces
from faceswap.films.footage import footage
from faceswap.films.frame_index import FrameIndex
from faceswap.films.images import write_image
from faceswap.manifest import digest, fingerprint
from faceswap.options import option
from faceswap.people import casting
from faceswap.people.casting import Known
from faceswap.people.identity import Group, Seen, group, survey
from faceswap.people.people import People as Cast
from faceswap.people.people import Person
from faceswap.people.people_sheet import SHOWN, people_sheet, portraits
from faceswap.people.tracks import cuts_of, linked, shots_of
from faceswap.stage import Progress, Stage, Summary, silent
from faceswap.storage import durable
from faceswap.workspace import Workspace

#: Beside people.toml: the sheet, and what the file was made from.
SHEET, KNOWN = "sheet.png", "known.json"
#: Persons whose numbers a summary gives.
LISTED = 12
#: Of a mean descriptor.
_DIGITS = 5


@dataclass(frozen=True)
class People(Stage):
    """List the persons of each side in a file to edit, with a sheet: who is swapped, who is not.

    Decisions and corrections in people.toml survive when faces are detected anew, matched by
    descriptor; they are made afresh where another identity is asked for, or the file is gone.
    """

    # An identity is asked for once, and then stands in the file: without one, what was decided
    # stays. So the options are of those that a result may have more of than is asked for.

    reads = ("frames", "faces")
    uses = ("images",)
    writes = ("known", "people")
    per_side = True

    identity: str = option(
        "",
        "Photo of the person in the target to swap; `all`: everybody; empty: the one seen longest.",
        affects="effort",
        file=True,
        side="target",
    )
    source_identity: str = option(
        "",
        "Photo of the person in the source to put in; `all`: everybody; empty: the one seen "
        "longest.",
        affects="effort",
        file=True,
        side="source",
    )

    def enough(self, options: Mapping[str, Any], summary: Summary) -> bool:
        """Whether the file was made for this identity, or none is asked for."""
        wanted = self.identity or self.source_identity
        made = [options.get("identity"), options.get("source_identity")]
        return not wanted or wanted in made or [wanted, self._asked()[1]] in made

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Write people.toml, and beside it the sheet."""
        index = FrameIndex.load(work.require("frames"))
        tracks = survey(_faces(work, index), shots_of(index), _seconds(index))
        if not tracks:
            raise NoFaces(f"no face in {work.path('faces')}: see faceswap detect -h")
        people, groups = self._people(work, tracks, progress)
        known = Known(
            fingerprint(work.path("faces")),
            self._asked(),
            # Rounded, as descriptors are: the order in which tracks are added up is not always one.
            {n: one.mean.round(_DIGITS).tolist() for n, one in groups.items() if one.weight},
            digest(people.text()),
        )
        with work.making("known") as folder, work.making("people") as path:
            durable.write(folder / KNOWN, msgspec.json.encode(known))
            _draw(work, index, people, folder / SHEET)
            people.save(path)
        for person in sorted(people.person, key=lambda p: -p.seconds)[:SHOWN]:
            progress.note(_line(work, person), msgspec.structs.asdict(person))
        swapped = [p.number for p in people.person if p.swap]
        if not swapped:
            progress.warn(
                f"nobody is to be swapped: set one `swap = true` in {work.path('people')}"
            )
        return {
            "persons": len(people.person),
            "swapped": _listed(swapped),
            "tracks": len(tracks),
            "shots": max(track.shot for track in tracks.values()),
            # What follows has to know one file from another of the same figures.
            "file": digest(people.text())[:8],
        }

    def _people(
        self, work: Workspace, tracks: Mapping[int, Seen], progress: Progress
    ) -> tuple[Cast, Mapping[int, Group]]:
        """The people as they were decided upon, as far as they are still there."""
        known = _known(work)
        if known is None or not work.exists("people"):
            people, groups = casting.cast(group(tracks), tracks)
            return self._decided(people, groups), groups
        old = Cast.load(work.path("people"))
        if known.faces == fingerprint(work.path("faces")):
            groups = casting.regrouped(old, tracks)
            people = casting.refreshed(old, groups, tracks)
        else:
            people, groups, gone = casting.recast(old, known, group(tracks), tracks)
            for person in gone:
                progress.warn(f"{person.name} (person {person.number}) is seen no more")
            if any(p.swap for p in gone) and not any(p.swap for p in people.person):
                return self._decided(people, groups), groups
        if self._asked() not in (("", ""), known.identity):
            people = self._decided(people, groups)
        return people, groups

    def _decided(self, people: Cast, groups: Mapping[int, Group]) -> Cast:
        wanted = self.identity or self.source_identity
        photo = None
        if wanted not in ("", "all"):
            from faceswap.people.photo import describe_photo

            photo = describe_photo(Path(wanted)).tolist()
        return casting.decide(people, groups, photo, wanted == "all")

    def _asked(self) -> tuple[str, str]:
        wanted = self.identity or self.source_identity
        return wanted, fingerprint(Path(wanted)) if wanted not in ("", "all") else ""


def _known(work: Workspace) -> Known | None:
    """What people.toml was made from; after a kill, that may not have got its name yet."""
    drafted = Known.load(work.partial("known") / KNOWN)
    if drafted and work.exists("people"):
        text = work.path("people").read_text(encoding="utf-8", errors="replace")
        if digest(text) == drafted.people:
            return drafted
    return Known.load(work.path("known") / KNOWN)


def _faces(work: Workspace, index: FrameIndex) -> Iterator[FrameFaces]:
    return linked(read_faces(work.require("faces")), cuts_of(index))


def _seconds(index: FrameIndex) -> Iterator[float]:
    return (float(f.duration * clip.tick) for clip in index.clips for f in clip.frames)


def _draw(work: Workspace, index: FrameIndex, people: Cast, path: Path) -> None:
    chosen = portraits(people, _faces(work, index))
    with footage(work) as reader:
        write_image(path, people_sheet(people, chosen, reader))


def _line(work: Workspace, person: Person) -> str:
    what = "swapped" if person.swap else "left alone"
    shots = f"shots {person.shots}" if len(person.shots) < 40 else f"shots {person.shots[:37]}..."
    return (
        f"{work.side} {person.name}: {person.seconds:.1f} s, {person.faces} faces, {shots}, {what}"
    )


def _listed(numbers: Sequence[int]) -> str:
    more = f" and {len(numbers) - LISTED} more" if len(numbers) > LISTED else ""
    return ", ".join(map(str, numbers[:LISTED])) + more

"""What a job made, so that two jobs can be compared; and what must not be left of one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import av

#: Files that tell of times, and of who is at work: two jobs differ in them.
TIMES = ("manifest.json*", "lock", "model/history.jsonl", "model/preview.png", "state.json")
#: What says of a film where it comes from, and of a report how long it took; a sheet of the crops
#: that are there when it is drawn.
APART = ("output.json", "report/index.html", "sorted/sheet.png")
FILMS = {".mp4", ".mov", ".mkv"}


def contents(work: Path) -> dict[str, str]:
    """The digest of all in each file that two jobs of the same options must have alike."""
    found = sorted(path for path in work.rglob("*") if path.is_file())
    kept = [p for p in found if not any(p.match(name) for name in (*TIMES, *APART))]
    return {p.relative_to(work).as_posix(): _digest(p) for p in kept}


def leftovers(work: Path) -> list[str]:
    """What a finished job must not leave behind."""
    endings = (".partial", ".draft", ".old", ".part", ".damaged")
    return [p.relative_to(work).as_posix() for p in work.rglob("*") if p.name.endswith(endings)]


def _digest(path: Path) -> str:
    made = path.suffix in FILMS and path.parent.name != "media"
    return _film(path) if made else hashlib.sha256(path.read_bytes()).hexdigest()


def _film(path: Path) -> str:
    """Of a film that was written, its packets: credentials beside them may hold random parts."""
    digest = hashlib.sha256()
    with av.open(str(path)) as film:
        for packet in film.demux():
            where = (packet.stream_index, packet.pts, packet.dts, packet.duration)
            digest.update(f"{where} {packet.is_keyframe}".encode() + bytes(packet))
        for stream in film.streams:
            digest.update(f"{stream.type} {stream.time_base} {stream.metadata}".encode())
    return digest.hexdigest()

"""What a job made, so that two jobs can be compared; and what must not be left of one."""

from __future__ import annotations

import hashlib
from pathlib import Path

#: Files that tell of times, and of who is at work: two jobs differ in them.
TIMES = ("manifest.json*", "lock", "model/history.jsonl", "model/preview.png", "state.json")
#: What says of a report how long it took; a sheet of the crops that are there when it is drawn.
APART = ("report/index.html", "sorted/sheet.png")


def contents(work: Path) -> dict[str, str]:
    """The digest of all in each file that two jobs of the same options must have alike."""
    found = sorted(path for path in work.rglob("*") if path.is_file())
    kept = [p for p in found if not any(p.match(name) for name in (*TIMES, *APART))]
    digests = (hashlib.sha256(path.read_bytes()).hexdigest() for path in kept)
    return {p.relative_to(work).as_posix(): d for p, d in zip(kept, digests, strict=True)}


def leftovers(work: Path) -> list[str]:
    """What a finished job must not leave behind."""
    endings = (".partial", ".draft", ".old", ".gone", ".part", ".damaged")
    return [p.relative_to(work).as_posix() for p in work.rglob("*") if p.name.endswith(endings)]

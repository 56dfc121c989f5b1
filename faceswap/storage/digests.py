"""SHA-256 of files and of a side's media: what a statement names its inputs by."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec


class Input(msgspec.Struct, frozen=True):
    """What one side's media are named by.

    Attributes:
        sha256: Of one file its digest; of several that of the lines `sha256sum` prints for them,
            in the order of their names inside of the folder.
        files: How many files there are.
    """

    sha256: str
    files: int


def of_file(path: Path) -> str:
    """The file's SHA-256 in hex; streamed."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def of_media(folder: Path) -> Input:
    """What a side's `media` folder is named by."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    found = {p.relative_to(folder).as_posix(): of_file(p) for p in files}
    if len(found) == 1:
        return Input(next(iter(found.values())), 1)
    lines = "".join(f"{digest}  {name}\n" for name, digest in found.items())
    return Input(hashlib.sha256(lines.encode()).hexdigest(), len(found))

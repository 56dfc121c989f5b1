"""What made each artefact: the memory by which a workspace knows what is fresh."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from faceswap import durable
from faceswap.untrusted import load_json

#: Of a file, this much from its beginning and its end goes into its fingerprint: a film of many
#: gigabytes must not be read whole to learn that nothing changed.
SAMPLE = 1 << 20
#: In a folder with more files than this, names and sizes alone are compared.
FEW = 64


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    """How one artefact came to be.

    `key` is the digest of all it depends on; `stamp` that of how it turned out besides, which
    differs where more effort was spent on the same.
    """

    stage: str
    options: dict[str, Any]
    key: str
    stamp: str
    fingerprint: str
    seconds: float
    made: str
    versions: dict[str, str]
    summary: dict[str, int | float | str]


class Manifest(msgspec.Struct, forbid_unknown_fields=True):
    """The record of a workspace: finished artefacts, and the keys of unfinished ones."""

    version: int = 1
    artefacts: dict[str, Entry] = {}
    partials: dict[str, str] = {}


def load(path: Path) -> Manifest:
    """The manifest at `path`; raises `Damaged` if it is none."""
    return load_json(path, Manifest, "is no manifest", "restore it, or begin a new workspace")


def save(manifest: Manifest, path: Path) -> None:
    """Write the manifest in one piece, readable by people."""
    durable.write(path, msgspec.json.format(msgspec.json.encode(manifest), indent=1))


def digest(*parts: Any) -> str:
    """32 hex digits that tell one list of JSON values from another."""
    text = msgspec.json.encode(parts, order="sorted")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def fingerprint(path: Path, apart: Sequence[str] = ()) -> str:
    """32 hex digits that change when a file or folder is edited; empty if it is not there.

    Args:
        path: The file or folder.
        apart: Beginnings of the names of what lies in the folder and is no part of it.
    """
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file())
        files = [p for p in files if not p.relative_to(path).as_posix().startswith(tuple(apart))]
        names = [(p.relative_to(path).as_posix(), p.stat().st_size) for p in files]
        return digest(names, [_sample(p) for p in files] if len(files) <= FEW else [])
    return digest(path.stat().st_size, _sample(path)) if path.exists() else ""


def _sample(path: Path) -> str:
    with path.open("rb") as file:
        sample = hashlib.blake2b(file.read(SAMPLE), digest_size=16)
        file.seek(max(SAMPLE, path.stat().st_size - SAMPLE))
        sample.update(file.read(SAMPLE))
    return sample.hexdigest()

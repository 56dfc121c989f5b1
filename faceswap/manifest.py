"""What made each artefact: the memory by which a workspace knows what is fresh."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from faceswap.errors import Damaged
from faceswap.storage import durable, limits
from faceswap.storage.untrusted import decode_json, read_bytes, said

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
    #: Seconds by part, of all workers together; see `clock`.
    parts: dict[str, float] = {}
    #: The digest of all that is in each file that nobody edits, by its name in the artefact.
    seals: dict[str, str] = {}


class Manifest(msgspec.Struct, forbid_unknown_fields=True):
    """The record of a workspace: finished artefacts, and the keys of unfinished ones.

    `seal` is the digest of all the rest, by which a changed byte is noticed; empty: not sealed.
    """

    version: int = 1
    artefacts: dict[str, Entry] = {}
    partials: dict[str, str] = {}
    seal: str = ""


def load(path: Path) -> Manifest:
    """The manifest at `path`; raises `Damaged` if it is none, and says how to go on."""
    try:
        return _read(path)
    except (OSError, ValueError) as error:
        raise Damaged(f"{path} is no manifest ({said(error)}): {_remedy(path)}") from None


def save(manifest: Manifest, path: Path) -> None:
    """Write the manifest in one piece, readable by people; the one before stays beside it."""
    with contextlib.suppress(FileNotFoundError):
        durable.write(_before(path), path.read_bytes())
    sealed = msgspec.structs.replace(manifest, seal=_seal(manifest))
    durable.write(path, msgspec.json.format(msgspec.json.encode(sealed), indent=1))


def _read(path: Path) -> Manifest:
    found = decode_json(read_bytes(path, limits.JSON_BYTES), Manifest)
    if found.seal and found.seal != _seal(found):
        raise ValueError("it has changed since it was written")
    return msgspec.structs.replace(found, seal="")


def _seal(manifest: Manifest) -> str:
    return digest(msgspec.structs.replace(manifest, seal=""))


def _before(path: Path) -> Path:
    return path.with_name(path.name + ".before")


def _remedy(path: Path) -> str:
    before = _before(path)
    try:
        _read(before)
    except (OSError, ValueError):
        return (
            f"with `echo {{}} > {path}` the next run goes on from the model that was trained, and "
            "makes all else anew"
        )
    return f"`mv {before} {path}` brings back the one before; the last step is then done again"


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


def seal(path: Path) -> str:
    """32 hex digits of all that is in a file; empty if it is not there."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, _blake).hexdigest()


def _blake() -> Any:
    return hashlib.blake2b(digest_size=16)


def _sample(path: Path) -> str:
    with path.open("rb") as file:
        sample = hashlib.blake2b(file.read(SAMPLE), digest_size=16)
        file.seek(max(SAMPLE, path.stat().st_size - SAMPLE))
        sample.update(file.read(SAMPLE))
    return sample.hexdigest()

"""output.json: what an output says of itself, in a file beside it that moves along with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from faceswap.errors import Damaged
from faceswap.provenance.statement import Statement, Text
from faceswap.storage import digests, durable
from faceswap.storage.untrusted import open_file

#: Bytes a sidecar may have: a folder of half a million pictures has one of 60 MB.
LARGEST = 1 << 26
FORM = "faceswap output 1"
SUFFIX = ".json"


class Made(msgspec.Struct, frozen=True):
    """One file of the output: its name inside of the output's folder, and its digest."""

    name: Text
    sha256: Annotated[str, Meta(min_length=64, max_length=64)]


class Sidecar(msgspec.Struct, frozen=True):
    """What lies beside an output.

    Attributes:
        form: Which form of sidecar it is.
        synthetic: Always true; for programs that know nothing else here.
        digital_source_type: IPTC's address of which kind of synthetic it is.
        credentials: `embedded`, `detached` (beside the file, `.c2pa`) or `none`.
        marked: Whether the files themselves say that they are synthetic.
        statement: What is said of the output.
        files: The output's file, or all files of its folder.
    """

    form: Text
    synthetic: bool
    digital_source_type: Text
    credentials: Text
    marked: bool
    statement: Statement
    files: list[Made]


def describing(output: Path, statement: Statement, credentials: str) -> Sidecar:
    """The sidecar of an output that is a file or a folder."""
    files = [Made(name, digests.of_file(path)) for name, path in _files(output)]
    marked = credentials != "none"
    return Sidecar(FORM, True, statement.source_type, credentials, marked, statement, files)


def place(output: Path) -> Path:
    """Where an output's sidecar lies."""
    return output.with_name((output.name if output.is_dir() else output.stem) + SUFFIX)


def write(path: Path, sidecar: Sidecar) -> None:
    """Write it in one piece, readable by people."""
    durable.write(path, msgspec.json.format(msgspec.json.encode(sidecar), indent=1) + b"\n")


def read(path: Path) -> Sidecar:
    """The sidecar in a file; raises `Damaged` if it is none."""
    try:
        with open_file(path) as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise Damaged(f"{path} is longer than a sidecar may be")
        found = msgspec.json.decode(data, type=Sidecar)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Damaged(f"{path} is no sidecar of faceswap: {error}") from None
    if found.form != FORM:
        raise Damaged(f"{path} is no sidecar of a form known here: it says {found.form!r}")
    return found


def beside(path: Path) -> Iterator[Path]:
    """The files that may be the sidecar of a film or picture: by its name, or its folder's."""
    names = [path.stem + SUFFIX, path.name + SUFFIX, "output" + SUFFIX, "mask" + SUFFIX]
    folder = path.absolute().parent
    found = [*(folder / name for name in names), folder.with_name(folder.name + SUFFIX)]
    yield from dict.fromkeys(p for p in found if p.is_file() and p != path)


def _files(output: Path) -> Iterator[tuple[str, Path]]:
    if not output.is_dir():
        yield output.name, output
        return
    for path in sorted(p for p in output.rglob("*") if p.is_file()):
        yield path.relative_to(output).as_posix(), path

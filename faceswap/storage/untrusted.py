"""Files that a stranger may have written: read up to a size, and only in the form they should have.

Whatever a file holds, reading it ends in the value or in an error of ours: no hang on a pipe or a
device, no more memory than its limit allows.
"""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec

from faceswap.errors import BadOption, Damaged
from faceswap.storage import limits

T = TypeVar("T")

#: What decoders raise at bad documents. RecursionError: brackets nested a thousand deep.
UNREADABLE = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)


def open_file(path: Path) -> BinaryIO:
    """The file, open for reading; raises OSError where it is a folder, a pipe or a device."""
    # Without O_NONBLOCK, opening a pipe waits for somebody to write into it.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(None, "it is no file but a folder, a pipe or a device", str(path))
    return os.fdopen(handle, "rb")


def read_bytes(path: Path, most: int) -> bytes:
    """What a file of at most so many bytes holds; raises OSError for any other."""
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise OSError(None, f"it has {size} bytes, at most {most} are read", str(path))
        return file.read(most)


def decode_json(data: bytes, kind: type[T]) -> T:
    """The JSON document, checked against its form; raises ValueError, in few words, for another."""
    try:
        return msgspec.json.decode(data, type=kind)
    except UNREADABLE as error:
        raise ValueError(said(error)) from None


def load_json(path: Path, kind: type[T], what: str, advice: str, most: int = 0) -> T:
    """The JSON document in a file.

    Args:
        path: The file.
        kind: Its form.
        what: What is said of another file: `is no manifest`.
        advice: What to do where it is none.
        most: Bytes that are read; 0 for the usual limit.

    Raises:
        Damaged: Where it is not there, too large, or no such document.
    """
    try:
        return decode_json(read_bytes(path, most or limits.JSON_BYTES), kind)
    except (OSError, ValueError) as error:
        raise Damaged(f"{path} {what} ({said(error)}): {advice}") from None


def load_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file; raises `BadOption` where it is none: people write it."""
    try:
        return decode_toml(read_bytes(path, limits.TOML_BYTES))
    except (OSError, ValueError) as error:
        raise BadOption(f"{path} is no TOML: {said(error)}") from None


def decode_toml(data: bytes) -> dict[str, Any]:
    """The tables of a TOML document; raises ValueError, in few words, where it is none."""
    try:
        text = data.decode()
        dots = max((line.count(".") for line in text.splitlines()), default=0)
        if dots > limits.TOML_DOTS:
            raise ValueError(f"a line with {dots} dots, at most {limits.TOML_DOTS} are read")
        return tomllib.loads(text)
    except UNREADABLE as error:
        raise ValueError(said(error)) from None


def said(error: Exception) -> str:
    """What an error says, without the path, and no longer than a line or two."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text if len(text) <= limits.QUOTED else text[: limits.QUOTED] + "..."

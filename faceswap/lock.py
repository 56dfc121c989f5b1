"""One writer a workspace."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from faceswap.errors import FaceswapError, Locked

#: Letters read of who holds it.
_MOST = 1000


@contextlib.contextmanager
def locked(root: Path) -> Iterator[str]:
    """The workspace, for this process alone; gives a word about a holder that died, or nothing.

    The operating system drops the lock of a process that dies, so one can never be left behind;
    what is left is the file that says who held it.

    Raises:
        Locked: If another process holds it; says which.
    """
    path = root / "lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise FaceswapError(f"{root} may not be written: {error.strerror}") from error
    with os.fdopen(handle, "r+", errors="replace") as file:
        holder = file.read(_MOST)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked(f"{root} is being worked on by {_who(holder)}: wait, or stop it") from None
        _hold(file.fileno())
        try:
            yield f"{_who(holder)} was killed; going on from what it left" if holder else ""
        finally:
            os.ftruncate(file.fileno(), 0)


def _hold(handle: int) -> None:
    text = json.dumps({"pid": os.getpid(), "host": socket.gethostname()})
    os.ftruncate(handle, 0)
    os.pwrite(handle, text.encode(), 0)


def _who(text: str) -> str:
    try:
        holder = json.loads(text)
        return f"process {int(holder['pid'])} on {holder['host']}"
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return "another process"

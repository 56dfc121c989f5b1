"""One writer a workspace."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from faceswap.errors import FaceswapError, Locked, OutOfSpace


@contextlib.contextmanager
def locked(root: Path, command: str = "") -> Iterator[str]:
    """The workspace, for this process alone; gives a word about a holder that died, or nothing.

    The operating system drops the lock of a process that dies, so one can never be left behind;
    what is left is the file that says who held it.

    Args:
        root: The workspace.
        command: What the holder does, for others to read.

    Raises:
        Locked: If another process holds it; says which.
    """
    with os.fdopen(_opened(root), "r+", errors="replace") as file:
        holder = file.read()
        _take(file.fileno(), root, holder)
        _hold(file.fileno(), command)
        try:
            yield f"{_who(holder)} was killed; going on from what it left" if holder else ""
        finally:
            os.ftruncate(file.fileno(), 0)


def _opened(root: Path) -> int:
    try:
        return os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        kind = OutOfSpace if error.errno == errno.ENOSPC else FaceswapError
        raise kind(f"{root} may not be written: {error.strerror}") from error


def _take(handle: int, root: Path, holder: str) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Locked(f"{root} is being worked on by {_who(holder)}: wait, or stop it") from None
    except OSError as error:
        raise FaceswapError(
            f"the disk of {root} knows no locks ({error.strerror}): "
            "move the workspace to one that does"
        ) from error


def _hold(handle: int, command: str) -> None:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "since": since, "command": command}
    os.ftruncate(handle, 0)
    # On a full disk the lock holds all the same; only who has it stands nowhere.
    with contextlib.suppress(OSError):
        os.pwrite(handle, json.dumps(holder).encode(), 0)


def _who(text: str) -> str:
    try:
        holder = json.loads(text)
        said = f"process {int(holder['pid'])} on {holder['host']}"
        command, since = holder.get("command"), holder.get("since")
    except (ValueError, KeyError, TypeError, AttributeError):
        return "another process"
    said += f" (`faceswap {command}`)" if command else ""
    return f"{said} since {since}" if since else said

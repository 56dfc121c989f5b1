"""Files that are either whole or not there, after a kill and after a power cut too.

The order is always the same: what is in a file comes to the disk before its name does, and its
name before anything that says it is there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

#: What stood in a place while something else is moved there.
OLD = ".old"
#: Files that are brought to the disk at a time.
_TOGETHER = 8
#: What is being taken away.
GONE = ".gone"


def sync(path: Path) -> None:
    """Bring a file, or a folder with all in it, to the disk."""
    if path.is_dir():
        for child in path.iterdir():
            sync(child)
    sync_folder(path)


def settle(paths: Iterable[Path]) -> None:
    """Bring finished files and their names to the disk: before a journal says that they are."""
    files = list(paths)
    # Together, the disk is waited for once in place of once a file.
    with ThreadPoolExecutor(_TOGETHER) as threads:
        list(threads.map(sync, files))
    for folder in {file.parent for file in files}:
        sync_folder(folder)


def write(path: Path, data: bytes) -> None:
    """Make `path` hold `data`: written beside it, synced, renamed over it."""
    draft = path.with_name(path.name + ".draft")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        # On a full disk half a file would take up what is left.
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    move(draft, path)


def append(path: Path, data: bytes) -> None:
    """Add whole lines to a file, made if it is not there, and bring them to the disk."""
    new = not path.exists()
    with path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if new:
        sync_folder(path.parent)


def make_folder(path: Path) -> None:
    """A folder that is there for good before anything is moved into it."""
    if not path.exists():
        path.mkdir()
        sync_folder(path.parent)


def move(path: Path, to: Path) -> None:
    """Rename what is on the disk already, over a file if there is one, for good."""
    path.replace(to)
    for folder in {path.parent, to.parent}:
        sync_folder(folder)


def unpack(draft: Path, folder: Path) -> None:
    """Move all files of a draft, which are on the disk already, into a folder; the draft goes."""
    for path in sorted(draft.iterdir()):
        path.replace(folder / path.name)
    draft.rmdir()
    sync_folder(folder)


def publish(draft: Path, final: Path) -> None:
    """Rename a finished file or folder into place; what stood there goes.

    A folder cannot be renamed over another: for a moment the old one bears another name, and
    `recover` brings it back where a kill came in that moment.
    """
    sync(draft)
    old = final.with_name(final.name + OLD)
    remove(old)
    if final.is_dir() or (draft.is_dir() and final.exists()):
        final.rename(old)
    move(draft, final)
    remove(old)


def recover(folder: Path) -> None:
    """Finish what a kill interrupted in `publish` or `discard`, for all that lies in a folder."""
    for gone in folder.glob(f"*{GONE}"):
        remove(gone)
    for old in folder.glob(f"*{OLD}"):
        final = old.with_name(old.name.removesuffix(OLD))
        if final.exists():
            remove(old)
        else:
            move(old, final)


def set_aside(path: Path, to: Path) -> Path:
    """Move what a person may have edited out of the way, to a name that is free; gives it."""
    number, free = 1, to
    while free.exists():
        number += 1
        free = to.with_name(f"{to.name}.{number}")
    move(path, free)
    return free


def discard(path: Path) -> None:
    """Take away what another machine may still write into: from now on it finds no such folder."""
    if path.is_dir() and not path.is_symlink() and path.suffix != GONE:
        gone = path.with_name(path.name + GONE)
        remove(gone)
        path = path.rename(gone)
    remove(path)


def tidy(folder: Path) -> None:
    """Take away the drafts in a folder, if it is one."""
    for draft in folder.glob("*.draft*"):
        discard(draft)


def remove(path: Path) -> None:
    """Take away a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif path.exists() or path.is_symlink():
        path.unlink()
    else:
        return
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring a file's contents, or a folder's list of names, to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

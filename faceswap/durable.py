"""Files that are either whole or not there, after a power cut too."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def sync(path: Path) -> None:
    """Bring a file, or a folder with all in it, to the disk."""
    if path.is_dir():
        for child in path.iterdir():
            sync(child)
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write(path: Path, data: bytes) -> None:
    """Make `path` hold `data`: written beside it, synced, renamed over it."""
    draft = path.with_name(path.name + ".draft")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def publish(draft: Path, final: Path) -> None:
    """Rename a finished file or folder into place; what stood there goes."""
    sync(draft)
    old = final.with_name(final.name + ".old")
    remove(old)
    if final.is_dir() or (draft.is_dir() and final.exists()):
        final.rename(old)
    draft.replace(final)
    sync_folder(final.parent)
    remove(old)


def remove(path: Path) -> None:
    """Take away a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Nothing in a workspace, or in a folder of images, leads out of it."""

from __future__ import annotations

import os
from pathlib import Path

from faceswap.errors import Damaged


def check(root: Path) -> None:
    """Refuse a folder in which there are other things than files and folders of its own.

    A link in a workspace from somebody else could lead to any file of the reader's, to be read as
    a picture or to be written over; a pipe would let the reader wait for ever.

    Raises:
        Damaged: For a link that leads out of the folder or to a folder, a pipe, a socket, a device.
    """
    home = root.resolve()
    folders = [os.fspath(home)]
    while folders:
        for entry in _entries(folders.pop()):
            if entry.is_symlink():
                _refuse_link(Path(entry.path), home)
            elif entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
            elif not entry.is_file(follow_symlinks=False):
                raise Damaged(f"{entry.path} is neither a file nor a folder: remove it")


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise Damaged(f"{folder} cannot be read: {error.strerror}") from error


def _refuse_link(link: Path, home: Path) -> None:
    try:
        to = link.resolve()
    except (OSError, RuntimeError) as error:
        raise Damaged(f"{link} is a link to itself: remove it") from error
    if home not in to.parents:
        raise Damaged(f"{link} leads out of {home}, to {to}: put a copy in its place")
    if to.is_dir():
        # A folder that contains itself has no end.
        raise Damaged(f"{link} is a link to a folder: put the folder in its place")

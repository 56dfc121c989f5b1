"""A workspace opened for a command, and held while it writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from faceswap.lock import locked
from faceswap.stage import Progress
from faceswap.workspace import Workspace


@contextmanager
def opened(path: Path, doing: str, progress: Progress, write: bool = True) -> Iterator[Workspace]:
    """The workspace at `path`; one that is written to is locked, and mended where it has to be.

    Args:
        path: Its folder.
        doing: The command, which others are told who want it meanwhile.
        progress: Is told what was left by whoever held it last.
        write: Whether the command writes to it.
    """
    work = Workspace.open(path)
    with locked(work.root, doing) if write else nullcontext("") as news:
        if news:
            progress.warn(news)
        if write:
            work.recover()
        yield work

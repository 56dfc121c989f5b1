"""A side's frames: of its edited images where there are any, else of its media."""

from __future__ import annotations

from pathlib import Path

from faceswap.films.frame_index import FrameIndex
from faceswap.films.video import FrameReader, image_name
from faceswap.report import few
from faceswap.stage import Progress
from faceswap.workspace import Workspace


def footage(work: Workspace, threads: int = 0) -> FrameReader:
    """The reader of the side that `work` is seen from; raises `MissingArtefact` before extract.

    Args:
        work: Bound to a side.
        threads: Of the decoder; 0 is one a core.
    """
    index = FrameIndex.load(work.require("frames"))
    images = work.path("images") if work.exists("images") else None
    return FrameReader(index, work.path("media").parent, images, threads)


def warn_of_absent(work: Workspace, progress: Progress) -> None:
    """Tell of images that were written of the frames and are not there: an edit may be lost."""
    if not work.exists("images"):
        return
    there = {path.stem for path in work.path("images").iterdir()}
    count = len(FrameIndex.load(work.require("frames")))
    gone = [image_name(n) for n in range(count) if Path(image_name(n)).stem not in there]
    if gone:
        progress.warn(
            f"of the images in {work.path('images')} are not there, and the film's own frames "
            f"come instead: {few(gone)}"
        )

"""A side's frames: of its edited images where there are any, else of its media."""

from __future__ import annotations

from faceswap.frame_index import FrameIndex
from faceswap.video import FrameReader
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

"""Reel: a film that can be read anew in any process, wherever it lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from faceswap.errors import BadMedia
from faceswap.films.frame_index import FrameIndex
from faceswap.films.images import SUFFIXES
from faceswap.films.media import index_media
from faceswap.films.scan import OnFrame, Selection, scan_video
from faceswap.films.video import FrameReader
from faceswap.workspace import Workspace


@dataclass(frozen=True)
class Reel:
    """Frames and where they lie: all that a worker needs to read them.

    Attributes:
        index: The frames.
        root: The folder that the index's paths start from.
        images: Frames as edited images, which come instead of the film's; or None.
    """

    index: FrameIndex
    root: Path
    images: Path | None = None

    @classmethod
    def of(cls, path: Path, on_frame: OnFrame = lambda: None) -> Reel:
        """The film in a video file, or in a folder of films or images; it is decoded once.

        Raises:
            BadMedia: Where there is nothing that can be decoded.
        """
        if path.is_dir():
            return cls(index_media(path, on_frame=on_frame), path.parent)
        if path.suffix.lower() in SUFFIXES:
            raise BadMedia(f"{path} is one picture: give a film, or a folder of pictures")
        return cls(FrameIndex([scan_video(path, path.name, Selection(), on_frame)]), path.parent)

    @classmethod
    def of_side(cls, work: Workspace) -> Reel:
        """The frames of the side that `work` is seen from."""
        index = FrameIndex.load(work.require("frames"))
        images = work.path("images") if work.exists("images") else None
        return cls(index, work.path("media").parent, images)

    def reader(self, threads: int = 1) -> FrameReader:
        """A reader of its frames."""
        return FrameReader(self.index, self.root, self.images, threads)

    def __len__(self) -> int:
        """Number of its frames."""
        return len(self.index)

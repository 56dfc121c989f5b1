"""ImageWriter: frames with changed faces as a folder of images."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from faceswap.copies import MARK
from faceswap.frame_index import Clip
from faceswap.images import write_image
from faceswap.paste import Patch, paste_rgb
from faceswap.pixels import to_rgb
from faceswap.video import image_name

#: Bytes of a PNG before its second chunk: signature, and the header chunk, which comes first.
_HEADER = 8 + 25


class ImageWriter:
    """Writes one clip's frames as PNG files, in the way `FrameWriter` writes a film.

    Pictures keep their names, frames of a film are numbered from `first`. A comment in each file
    says that it is synthetic.

    Args:
        folder: Folder to write to; it is made.
        clip: The clip the frames are of.
        first: Number of its first frame.
    """

    def __init__(self, folder: Path, clip: Clip, first: int = 0) -> None:
        """Only remembers where to write."""
        self.folder = folder
        self.clip = clip
        self.first = first
        self.dropped: list[str] = []
        self._names = _names(clip, first)
        self._count = 0
        self._scaler = VideoReformatter()

    def __enter__(self) -> ImageWriter:
        """The writer; its folder exists."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is left open between frames."""

    def write(self, frame: VideoFrame, patches: Sequence[Patch] = ()) -> None:
        """Writes the next frame.

        Args:
            frame: As `FrameReader.raw` gave it.
            patches: What to change in it.
        """
        image = paste_rgb(to_rgb(frame, self.clip, self._scaler), patches)
        write_png(self.folder / self._names[self._count], image)
        self._count += 1


def write_png(path: Path, image: NDArray[np.uint8], comment: str = MARK) -> None:
    """Writes (h, w, 3) uint8 RGB as PNG with a comment in it (PNG specification, tEXt)."""
    write_image(path, image, "png")
    data = path.read_bytes()
    body = b"tEXtComment\0" + comment.encode("latin-1")
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    path.write_bytes(data[:_HEADER] + chunk + data[_HEADER:])


def _names(clip: Clip, first: int) -> list[str]:
    if clip.kind == "video":
        return [image_name(first + n) for n in range(len(clip.frames))]
    stems = Counter(Path(p.name).stem for p in clip.pictures)
    # Two pictures that differ only in their endings keep them, so that neither is lost.
    return [
        (f"{p.name}.png" if stems[Path(p.name).stem] > 1 else f"{Path(p.name).stem}.png")
        for p in clip.pictures
    ]

"""ImageWriter: frames with changed faces as a folder of images."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from faceswap.films.deep_images import CICP, Notes, Samples, encode_samples, read_samples
from faceswap.films.frame_index import Clip
from faceswap.films.hdr import is_hdr
from faceswap.films.paste import Patch, paste_rgb
from faceswap.films.pixels import to_rgb, to_samples
from faceswap.films.video import image_name
from faceswap.writing.copies import MARK

#: What pictures and clips say that are made for looking at.
PREVIEW = "Synthetic media: replaced faces, drawn for looking at by faceswap"
#: What pictures and clips say that show faces of nobody, or edited ones.
MADE = "Synthetic media: faces made up or edited by faceswap"

#: Bytes before a comment may stand: a PNG's signature and header chunk, a JPEG's first two parts.
_HEADERS = {"png": 8 + 25, "jpg": 2 + 18}


class ImageWriter:
    """Writes one clip's frames as image files, in the way `FrameWriter` writes a film.

    Pictures keep their names, frames of a film are numbered from `first`. A comment in each file
    says that it is synthetic.

    Args:
        folder: Folder to write to; it is made.
        clip: The clip the frames are of.
        first: Number of its first frame.
        kind: `png`, or `jpg`.
        source: The folder of the clip's pictures; what their files say of them is kept.
        opaque: Leave transparency out.
        mark: Whether each picture's comment says that it is synthetic.
    """

    def __init__(
        self,
        folder: Path,
        clip: Clip,
        first: int = 0,
        kind: str = "png",
        source: Path | None = None,
        opaque: bool = False,
        mark: bool = True,
    ) -> None:
        """Only remembers where to write."""
        self.mark = mark
        self.folder = folder
        self.clip = clip
        self.kind = kind
        self.dropped: list[str] = []
        self.source = source if clip.kind == "images" else None
        self.opaque = opaque or not clip.alpha
        self._names = _names(clip, kind, first)
        self._count = 0
        self._scaler = VideoReformatter()

    def __enter__(self) -> ImageWriter:
        """The writer; its folder exists."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is left open between frames."""

    def write(self, frame: VideoFrame, patches: Sequence[Patch] = ()) -> None:
        """Writes the next frame.

        Args:
            frame: As `FrameReader.raw` gave it.
            patches: What to change in it.
        """
        path = self.folder / self._names[self._count]
        comment = MARK if self.mark else ""
        write_marked(path, self._image(frame, patches), self.kind, comment, self._notes())
        self._count += 1

    def _image(self, frame: VideoFrame, patches: Sequence[Patch]) -> Samples:
        if self.kind == "jpg":
            return paste_rgb(to_rgb(frame, self.clip, self._scaler), patches)
        image: Samples = to_samples(frame, self.clip)
        image = paste_rgb(image, patches, self.clip.color_transfer, self.clip.white)
        return cast(Samples, np.ascontiguousarray(image[..., :3])) if self.opaque else image

    def _notes(self) -> Notes:
        if self.source is not None:
            return read_samples(self.source / self.clip.pictures[self._count].name)[1]
        colours = (self.clip.color_primaries, self.clip.color_transfer)
        return {CICP: bytes((*colours, 0, 1))} if is_hdr(colours[1]) else {}


def write_marked(
    path: Path, image: Samples, kind: str, comment: str = MARK, notes: Notes | None = None
) -> None:
    """Writes (h, w, 3 or 4) RGB of 8 or 16 bits with a comment in the file, and other notes."""
    path.write_bytes(commented(encode_samples(image, kind, notes or {}), kind, comment))


def commented(data: bytes, kind: str, comment: str = MARK) -> bytes:
    """A PNG or JPEG file's bytes with a comment in them; an empty one leaves them as they are.

    PNG specification, tEXt; JPEG (T.81, B.2.4.5), COM.
    """
    if not comment:
        return data
    text = comment.encode("latin-1", "replace")
    if kind == "png":
        body = b"tEXtComment\0" + text
        note = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    else:
        note = b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text
    after = _HEADERS[kind]
    return data[:after] + note + data[after:]


def _names(clip: Clip, kind: str, first: int) -> list[str]:
    if clip.kind == "video":
        return [image_name(first + n, kind) for n in range(len(clip.frames))]
    stems = Counter(Path(p.name).stem for p in clip.pictures)
    # Two pictures that differ only in their endings keep them, so that neither is lost.
    return [
        (f"{p.name}.{kind}" if stems[Path(p.name).stem] > 1 else f"{Path(p.name).stem}.{kind}")
        for p in clip.pictures
    ]

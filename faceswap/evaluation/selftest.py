"""The self-test's film: a stretch of the target, written as the output was and not swapped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from faceswap.evaluation.reel import Reel
from faceswap.writing.encoding import encoding_for
from faceswap.writing.image_writer import ImageWriter
from faceswap.writing.writer import FrameWriter


@dataclass(frozen=True)
class Writing:
    """How the output was written, with `merge`'s names and defaults."""

    output_images: str = "auto"
    codec: str = "h264"
    quality: int = 16
    preset: str = ""
    pixel_format: str = "auto"
    container: str = "auto"

    @classmethod
    def of(cls, options: Mapping[str, object]) -> Writing:
        """What a record of merge's options says; other names in it are left aside."""
        names = set(cls.__dataclass_fields__)
        return cls(**{n: v for n, v in options.items() if n in names})  # type: ignore[arg-type]


def rewritten(target: Reel, start: int, stop: int, how: Writing, folder: Path) -> Reel:
    """Frames `start` to before `stop` of the target, encoded anew in a folder.

    Args:
        target: The film.
        start: A frame of one of its clips.
        stop: At most the end of the same clip.
        how: How the output was written.
        folder: An empty folder to write to.
    """
    clip, first, begin, end = next(iter(target.index.parts(start, stop)))
    pictures = clip.pictures[begin:end]
    frames = clip.frames[begin:end]
    part = msgspec.structs.replace(clip, frames=frames, pictures=pictures, begin=frames[0].pts)
    kind = how.output_images
    if kind == "auto":
        kind = "png" if clip.kind == "images" else "none"
    path = folder / "rewritten"
    writer: FrameWriter | ImageWriter
    if kind == "none":
        # Without sound and the other streams: only the picture is judged.
        words = (how.codec, how.quality, how.preset, how.pixel_format, how.container)
        writer = FrameWriter(path, part, None, encoding_for(part, *words))
    else:
        writer = ImageWriter(path, part, 0, kind)
    with target.reader(threads=0) as reader, writer as film:
        for _, frame in reader.raw(first + begin, first + end):
            film.write(frame)
    return Reel.of(path)

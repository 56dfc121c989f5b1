"""A film written anew, and what to compare in it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from faceswap.films.media import FrameIndex, index_media
from faceswap.films.paste import Patch
from faceswap.films.video import FrameReader
from faceswap.writing.encoding import encoding_for
from faceswap.writing.writer import FrameWriter
from films import picture


def rewrite(
    side: Path,
    patches: list[Patch] | None = None,
    select: dict[str, Any] | None = None,
    **how: Any,
) -> tuple[FrameIndex, FrameIndex, Path]:
    """Writes the side's film anew; the indices of both, and the new film's side."""
    index = index_media(side / "media", **(select or {}))
    clip = index.clips[0]
    new = side.parent / "new"
    (new / "media").mkdir(parents=True)
    partial = new / "output.partial"
    with (
        FrameReader(index, side) as reader,
        FrameWriter(partial, clip, side / clip.path, encoding_for(clip, **how)) as writer,
    ):
        for _, frame in reader.raw():
            writer.write(frame, patches or ())
    partial.rename(new / "media" / f"output.{writer.encoding.container}")
    return index, index_media(new / "media"), new


def times(index: FrameIndex) -> list[Fraction]:
    return [f.pts * index.clips[0].tick for f in index.clips[0].frames]


def packets(path: Path, kind: str = "audio") -> list[tuple[Fraction, bytes]]:
    with av.open(str(path)) as film:
        stream = next(s for s in film.streams if s.type == kind)
        packets = [p for p in film.demux(stream) if p.dts is not None]
        return [(p.pts * p.time_base, bytes(p)) for p in packets]


def patch_of(left: int = 21, top: int = 13, width: int = 31, height: int = 25) -> Patch:
    y, x = np.mgrid[:height, :width]
    oval = (x - width / 2) ** 2 / width**2 + (y - height / 2) ** 2 / height**2 < 0.2
    rgb = picture(7, width, height, shot=3)
    return Patch(left, top, rgb, oval.astype(np.uint8) * 200)

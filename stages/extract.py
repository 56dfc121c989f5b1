"""Look at every frame of a side's media once, and write down what is needed to find it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from faceswap.errors import BadOption
from faceswap.films.film import Film
from faceswap.films.frame_index import Clip, FrameIndex, Which
from faceswap.films.images import SUFFIXES, encode_image, read_image
from faceswap.films.media import count_frames, index_media
from faceswap.films.video import FrameReader, image_name
from faceswap.options import option
from faceswap.stage import Progress, Stage, Summary, silent
from faceswap.storage import durable, room
from faceswap.workspace import Workspace


@dataclass(frozen=True)
class Extract(Stage):
    """An index of every frame of each side's media, and the frames as images where wanted."""

    reads = ("media",)
    writes = ("frames", "images")
    per_side = True
    version = 3

    images: str = option(
        "none",
        "Write the frames as images too, to look at and to edit: later stages prefer them.",
        choices=("none", "png", "jpg"),
        affects="nothing",
    )
    every: int = option(1, "Keep one frame in this many.", low=1)
    start: float = option(0.0, "Leave out what comes before this second of each clip.", low=0)
    end: float = option(0.0, "Leave out what comes from this second on; 0: keep all.", low=0)
    deinterlace: str = option(
        "none",
        "Make whole frames of interlaced ones: of those the film flags, or of all.",
        choices=("none", "flagged", "all"),
    )

    def makes(self) -> tuple[str, ...]:
        """The index; the images only where asked for."""
        return ("frames",) if self.images == "none" else ("frames", "images")

    def validate(self) -> None:
        """Refuses a part of the film that ends before it begins."""
        if self.end and self.end <= self.start:
            raise BadOption(f"end is after start ({self.start:g} s), not {self.end:g} s")

    def needs(self, work: Workspace) -> int:
        """The index, and the images by what their pixels usually take."""
        media = work.require("media")
        pixel = room.PIXEL[self.images] * _pixels(media) if self.images != "none" else 0.0
        return int(count_frames(media) // self.every * (room.FRAME + pixel))

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Index the side's media; write its frames as images where asked for."""
        self.validate()
        media = work.require("media")
        before = work.path("frames").read_bytes() if work.exists("frames") else b""
        with work.making("frames") as partial:
            index = self._index(media, work.side, progress)
            index.save(partial)
            # Before the index has its name: a kill must not leave it with images of another.
            if work.exists("images") and partial.read_bytes() != before:
                _set_aside(work.path("images"), progress)
        if self.images != "none":
            with work.making("images") as folder:
                _write_images(index, media.parent, folder, self.images, progress)
        return _summary(index)

    def _index(self, media: Path, side: str, progress: Progress) -> FrameIndex:
        with progress.bar(f"extract {side}".strip(), count_frames(media)) as bar:
            start, end = self.start or None, self.end or None
            index = index_media(media, self.every, start, end, bar.step, self._which)
        for clip in index.clips:
            for news in _news(clip):
                progress.warn(f"{media.parent / clip.path} {news}")
        return index

    @property
    def _which(self) -> Which:
        return "" if self.deinterlace == "none" else cast(Which, self.deinterlace)


def _news(clip: Clip) -> Iterator[str]:
    """What a person should know of a clip."""
    if clip.damaged:
        yield (
            f"is damaged in {clip.damaged} places: its {clip.decoded} frames that decode are used"
        )
    if not clip.exact:
        yield "lacks times, or has them out of order: its frames come in the order they decode"
    if clip.fields:
        first = {"tff": "top", "bff": "bottom"}[clip.fields]
        yield (
            f"is interlaced, {first} field first, and stays so: faces are found and swapped "
            "better with --deinterlace flagged"
        )


def _set_aside(images: Path, progress: Progress) -> None:
    """Moves images of other frames away: they may have been edited, so they are not lost."""
    aside = durable.set_aside(images, images.with_name("frames.before"))
    progress.warn(f"{images} shows other frames than are chosen now: moved to {aside.name}/")


def _write_images(
    index: FrameIndex, root: Path, folder: Path, kind: str, progress: Progress
) -> None:
    """Writes the frames that are not there yet."""
    done = 0
    while done < len(index) and (folder / image_name(done, kind)).exists():
        done += 1
    with (
        progress.bar("write images", len(index), done) as bar,
        FrameReader(index, root) as reader,
    ):
        for number, frame in reader.frames(done):
            # Renamed when on the disk: what is there after a kill or a power cut is whole.
            durable.write(folder / image_name(number, kind), encode_image(frame, kind))
            bar.step()


def _pixels(media: Path) -> int:
    """Pixels of a frame of the first of the media."""
    first = min(media.iterdir())
    if first.is_dir() or first.suffix.lower() in SUFFIXES:
        picture = min(first.iterdir()) if first.is_dir() else first
        return read_image(picture)[..., 0].size
    with Film(first) as film:
        return film.stream.width * film.stream.height


def _summary(index: FrameIndex) -> Summary:
    clips = index.clips
    return {
        "frames": len(index),
        "seconds": round(sum(clip.seconds for clip in clips), 3),
        "clips": len(clips),
        "cuts": sum(frame.cut for clip in clips for frame in clip.frames) - len(clips),
        "damaged": sum(clip.damaged for clip in clips),
    }

"""Put the swapped faces back into the film: picture, sound and timing intact."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from faceswap import clock
from faceswap.compositing.looks import LOOKS, Look, by_shot
from faceswap.compositing.merger import Merger
from faceswap.compositing.patching import Patching
from faceswap.compositing.swapped import SwappedFolder
from faceswap.errors import Unsupported
from faceswap.films.footage import footage, warn_of_absent
from faceswap.films.frame_index import Clip, FrameIndex
from faceswap.films.hdr import NAMES
from faceswap.options import option
from faceswap.provenance.credentials import draft_of
from faceswap.provenance.marks import Marker, Marks
from faceswap.stage import Progress, Stage, Summary, silent
from faceswap.storage import durable, room
from faceswap.workspace import Workspace
from faceswap.writing.containers import MUXERS
from faceswap.writing.encoding import (
    CODECS,
    Encoding,
    check_words,
    codec_for,
    container_for,
    encoding_for,
)
from faceswap.writing.image_writer import ImageWriter
from faceswap.writing.writer import FrameWriter

Writer = FrameWriter | ImageWriter


@dataclass(frozen=True)
class Merge(Look, Marks, Stage):
    """Write the film with the swapped faces in it, and all else as it was."""

    reads = ("target/frames", "swapped")
    uses = ("target/images", "masks", "consent")
    writes = ("output", "mask_video")

    look: int = option(
        0,
        "Colours, mask and blending all by a number of the sweep's sheet; 0: as the options say.",
        low=0,
        high=len(LOOKS),
    )
    shot: tuple[str, ...] = option(
        (), "Otherwise in one shot, as in `3:feather=0.2` or `3:look=5`; or tables [shot.3]."
    )
    steady: float = option(
        1.0, "How strongly faces are steadied over time; 0: not at all.", low=0, high=3
    )
    mask_video: bool = option(False, "Write the masks as a film too, beside the output.")
    output_images: str = option(
        "auto",
        "Write frames as images instead of a video; auto: as the target came.",
        choices=("auto", "none", "png", "jpg"),
    )
    codec: str = option(
        "auto",
        "Codec of the video; auto: h264, hevc for PQ and HLG, prores for transparent films.",
        choices=("auto", *CODECS),
    )
    quality: int = option(
        16, "On H.264's scale (CRF): 0 lossless, 16 hardly visible, 51 worst.", low=0, high=51
    )
    preset: str = option("", "The encoder's word for how long it may think; empty: a fast one.")
    pixel_format: str = option("auto", "Such as yuv420p; auto: the target's own, or the nearest.")
    container: str = option(
        "auto",
        "File format; auto: the first of them that can hold most of the target's streams.",
        choices=("auto", *MUXERS),
    )
    transparency: str = option(
        "keep",
        "What becomes of the target's: kept, or refused where it cannot be; or dropped.",
        choices=("keep", "drop"),
    )

    def makes(self) -> tuple[str, ...]:
        """The film, and that of the masks where it is asked for."""
        return self.writes if self.mask_video else self.writes[:1]

    def validate(self) -> None:
        """Refuse options of shots that are none, and words that the codec does not know."""
        by_shot(self.general, self.shot, 0)
        check_words(self.codec, self.preset, self.pixel_format)

    def check(self, work: Workspace) -> None:
        """Refuse what cannot sign, shots that are not there, codecs that do not go together."""
        self.check_marks(work)
        index = FrameIndex.load(work.require("target/frames"))
        self._shots(index)
        for clip in index.clips:
            if self._kind(clip) == "none":
                self._encoding(clip)
            elif self._kind(clip) == "jpg":
                self._check_jpeg(clip)

    def needs(self, work: Workspace) -> int:
        """The film's pixels as the codec usually takes them, or the target's bytes if more."""
        index = FrameIndex.load(work.require("target/frames"))
        return int(sum(self._bytes(clip, work.path("target/media").parent) for clip in index.clips))

    def _bytes(self, clip: Clip, folder: Path) -> float:
        pixels, kind = clip.width * clip.height * len(clip.frames), self._kind(clip)
        if kind != "none":
            return pixels * room.PIXEL[kind]
        codec = codec_for(clip, self.codec, self._opaque)
        film = room.film(codec, self.quality, pixels)
        # A film lies there twice while it is signed.
        return max(film, (folder / clip.path).stat().st_size) * (2 if self.mark else 1)

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Write the output, frame by frame."""
        target = work.on("target")
        index = FrameIndex.load(target.require("frames"))
        warn_of_absent(target, progress)
        folder = SwappedFolder(work.require("swapped"))
        merger = Merger(folder, self.general, self._shots(index), self.steady)
        merger.measure()
        if merger.unlearnt:
            progress.note("the model's masks leave out most of each face: hulls bound them all")
        swapped = Patching(merger, self.mask_video)
        markers = self._markers(work, progress)
        with ExitStack() as stack:
            places = []
            for name in self.makes():
                place = stack.enter_context(work.making(name, self._suffix(index)))
                # A video cannot be gone on with in the middle: what a killed run wrote goes.
                for left in (place, draft_of(place)):
                    durable.remove(left)
                places.append(place)
            reader = stack.enter_context(footage(target))
            bar = stack.enter_context(progress.bar("merge", len(index)))
            for clip, first, begin, end in index.parts(0, len(index)):
                frames = clock.each("decode", reader.raw(first + begin, first + end))
                paths = [self._path(place, clip, index) for place in places]
                with self._writers(paths, clip, first, target) as writers:
                    for frame, done in swapped.ahead(frames, clip):
                        with clock.part("encode"):
                            for writer, patches in zip(writers, done, strict=False):
                                writer.write(frame, patches)
                        bar.step()
                for loss in writers[0].dropped:
                    progress.warn(f"{paths[0].name} cannot hold {loss}")
                for marker, path in zip(markers, paths, strict=True):
                    marker.sign(path, self._end(clip)[1:], _parents(clip, target))
        for marker, name in zip(markers, self.makes(), strict=True):
            marker.publish(work.partial(name), work.path(name))
        said = {"consent": markers[0].consent, "marked": "yes" if self.mark else "no"}
        figures = {"frames": len(index), "swapped": swapped.changed}
        return {**figures, "file": work.path("output").name, **said}

    @property
    def general(self) -> Look:
        """How the faces look where their shot says nothing else."""
        if self.look:
            return LOOKS[self.look - 1]
        return Look(**{name: getattr(self, name) for name in Look.__dataclass_fields__})

    def _markers(self, work: Workspace, progress: Progress) -> list[Marker]:
        """What marks the film, and the film of its masks."""
        if not self.mark:
            progress.warn("nothing in the output will say that it is synthetic: say so yourself")
        kinds = {"output": "swap", "mask_video": "masks"}
        return [self.marker(work, kinds[name]) for name in self.makes()]

    def _encoding(self, clip: Clip) -> Encoding:
        how = (self.codec, self.quality, self.preset, self.pixel_format, self.container)
        return encoding_for(clip, *how, self._opaque)

    @property
    def _opaque(self) -> bool:
        return self.transparency == "drop"

    def _check_jpeg(self, clip: Clip) -> None:
        lost = NAMES.get(clip.color_transfer, "")
        lost = "transparency" if clip.alpha and not self._opaque else lost
        if lost:
            raise Unsupported(f"jpg cannot hold the {lost} of {clip.path}: take png")

    def _shots(self, index: FrameIndex) -> dict[int, Look]:
        count = sum(frame.cut for clip in index.clips for frame in clip.frames)
        return by_shot(self.general, self.shot, count)

    def _path(self, place: Path, clip: Clip, index: FrameIndex) -> Path:
        if len(index.clips) == 1:
            return place
        place.mkdir(exist_ok=True)
        return place / (Path(clip.path).stem + self._end(clip))

    @contextmanager
    def _writers(
        self, paths: list[Path], clip: Clip, first: int, target: Workspace
    ) -> Iterator[list[Writer]]:
        source: Path | None = target.path("media").parent / clip.path
        with ExitStack() as stack:
            writers: list[Writer] = []
            for path in paths:
                writer = self._writer(path, clip, first, source)
                stack.enter_context(writer)
                writers.append(writer)
                # Sound belongs to the film, and not to its masks.
                source = None
            yield writers

    def _writer(self, path: Path, clip: Clip, first: int, source: Path | None) -> Writer:
        if self._kind(clip) != "none":
            how = (self._kind(clip), source, self._opaque, self.mark)
            return ImageWriter(path, clip, first, *how)
        encoding = self._encoding(clip)
        # Masks have nothing to look ahead for, and each frame of 4K that waits takes 30 MB.
        encoding = encoding if source else encoding.at_once
        return FrameWriter(path, clip, source, encoding, self.mark)

    def _kind(self, clip: Clip) -> str:
        """`none` for a video, or the kind of image to write."""
        if self.output_images == "auto":
            return "png" if clip.kind == "images" else "none"
        return self.output_images

    def _suffix(self, index: FrameIndex) -> str:
        return self._end(index.clips[0]) if len(index.clips) == 1 else ""

    def _end(self, clip: Clip) -> str:
        if self._kind(clip) != "none":
            return ""
        return "." + container_for(clip, self.codec, self.container, self._opaque)


def _parents(clip: Clip, target: Workspace) -> dict[str, Path]:
    """What an output is made from: a film, or each of its pictures by the names they may get."""
    media = target.path("media").parent / clip.path
    if clip.kind == "video":
        return {"": media}
    names = [picture.name for picture in clip.pictures]
    return {Path(n).stem: media / n for n in names} | {n: media / n for n in names}

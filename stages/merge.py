"""Put the swapped faces back into the film: picture, sound and timing intact."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from faceswap import durable
from faceswap.credentials import draft_of
from faceswap.crops import Crop
from faceswap.encoding import CODECS, Encoding, container_for, encoding_for
from faceswap.footage import footage
from faceswap.frame_index import Clip, FrameIndex
from faceswap.image_writer import ImageWriter
from faceswap.looks import LOOKS, Look, by_shot
from faceswap.marks import Marker, Marks
from faceswap.merger import Merger, in_frame
from faceswap.options import option
from faceswap.paste import Patch
from faceswap.pixels import to_rgb
from faceswap.stage import Progress, Stage, Summary, silent
from faceswap.swapped import SwappedFolder
from faceswap.workspace import Workspace
from faceswap.writer import FrameWriter

#: Frames blended in threads while the one before is encoded.
AHEAD = 2

Face = tuple[int, Crop, NDArray[np.float32]]
Writer = FrameWriter | ImageWriter


class _Work(NamedTuple):
    """A frame's patches, and its masks as a picture where they are wanted."""

    patches: list[Patch]
    masks: list[Patch]


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
    codec: str = option("h264", "Codec of the video.", choices=tuple(CODECS))
    quality: int = option(
        16, "On H.264's scale (CRF): 0 lossless, 16 hardly visible, 51 worst.", low=0, high=51
    )
    preset: str = option("", "The encoder's word for how long it may think; empty: a fast one.")
    pixel_format: str = option("auto", "Such as yuv420p; auto: the target's own, or the nearest.")
    container: str = option(
        "auto",
        "File format; auto: mp4 if it can hold all the target's streams, else mkv.",
        choices=("auto", "mp4", "mov", "mkv"),
    )

    def makes(self) -> tuple[str, ...]:
        """The film, and that of the masks where it is asked for."""
        return self.writes if self.mask_video else self.writes[:1]

    def validate(self) -> None:
        """Refuse options of shots that are none."""
        by_shot(self.general, self.shot, 0)

    def check(self, work: Workspace) -> None:
        """Refuse what cannot sign, shots that are not there, codecs that do not go together."""
        self.check_marks(work)
        index = FrameIndex.load(work.require("target/frames"))
        self._shots(index)
        for clip in index.clips:
            if self._kind(clip) == "none":
                self._encoding(clip)

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Write the output, frame by frame."""
        target = work.on("target")
        index = FrameIndex.load(target.require("frames"))
        folder = SwappedFolder(work.require("swapped"))
        merger = Merger(folder, self.general, self._shots(index), self.steady)
        merger.measure()
        swapped = _Swapped(merger, self.mask_video)
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
                frames = reader.raw(first + begin, first + end)
                paths = [self._path(place, clip, index) for place in places]
                with self._writers(paths, clip, first, target) as writers:
                    for frame, done in _ahead(frames, swapped, clip):
                        for writer, patches in zip(writers, done, strict=False):
                            writer.write(frame, patches)
                        bar.step()
                for stream in writers[0].dropped:
                    progress.warn(f"the container cannot hold a stream: {stream} is left out")
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
        return encoding_for(clip, *how)

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
            return ImageWriter(path, clip, first, self._kind(clip), mark=self.mark)
        return FrameWriter(path, clip, source, self._encoding(clip), self.mark)

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
        return "." + container_for(clip, self.codec, self.container)


class _Swapped:
    """The swapped faces, frame after frame, as patches for the film."""

    def __init__(self, merger: Merger, masks: bool) -> None:
        self.merger = merger
        self.masks = masks
        self.changed = 0
        self._faces = merger.faces()
        self._next = next(self._faces, None)

    def take(self, number: int) -> list[Face]:
        """The faces of a frame; frames are asked for in order."""
        found = []
        while self._next and self._next[1].frame <= number:
            if self._next[1].frame == number:
                found.append(self._next)
            self._next = next(self._faces, None)
        self.changed += bool(found)
        return found

    def work(self, clip: Clip, frame: VideoFrame, faces: list[Face]) -> _Work:
        """What changes in a frame."""
        if not faces and not self.masks:
            return _Work([], [])
        picture = to_rgb(frame, clip)
        height, width = picture.shape[:2]
        patches, seen = [], np.zeros((height, width), np.float32)
        for row, crop, face in faces:
            alpha = self.merger.alpha(row, crop)
            patch = self.merger.patch(picture, row, crop, face, alpha)
            if patch:
                patches.append(patch)
            if self.masks:
                size = self.merger.folder.size
                seen = np.maximum(seen, in_frame(alpha, crop, size, (height, width)))
        return _Work(patches, [_grey(seen)] if self.masks else [])


def _parents(clip: Clip, target: Workspace) -> dict[str, Path]:
    """What an output is made from: a film, or each of its pictures by the names they may get."""
    media = target.path("media").parent / clip.path
    if clip.kind == "video":
        return {"": media}
    names = [picture.name for picture in clip.pictures]
    return {Path(n).stem: media / n for n in names} | {n: media / n for n in names}


def _grey(opacity: NDArray[np.float32]) -> Patch:
    """A patch that makes all of a frame its masks' picture."""
    grey = np.round(opacity * 255).astype(np.uint8)
    return Patch(0, 0, np.repeat(grey[..., None], 3, axis=2), np.full_like(grey, 255))


def _ahead(
    frames: Iterable[tuple[int, VideoFrame]], swapped: _Swapped, clip: Clip
) -> Iterator[tuple[VideoFrame, _Work]]:
    """Each frame with its patches, made in threads while frames before it are encoded."""
    with ThreadPoolExecutor(AHEAD) as pool:
        waiting: deque[tuple[VideoFrame, Future[_Work]]] = deque()
        for number, frame in frames:
            work = pool.submit(swapped.work, clip, frame, swapped.take(number))
            waiting.append((frame, work))
            if len(waiting) > AHEAD:
                ready, done = waiting.popleft()
                yield ready, done.result()
        for ready, done in waiting:
            yield ready, done.result()

"""Put the swapped faces back into the film: picture, sound and timing intact."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from faceswap import color, durable, masks
from faceswap.blending import Blend
from faceswap.crops import RECORDS, Crop
from faceswap.encoding import CODECS, container_for, encoding_for
from faceswap.footage import footage
from faceswap.frame_index import Clip, FrameIndex
from faceswap.geometry import compose, transform
from faceswap.image_writer import ImageWriter
from faceswap.journal import Journal
from faceswap.options import option
from faceswap.paste import Patch
from faceswap.pixels import to_rgb
from faceswap.rows import Rows
from faceswap.sampling import sample
from faceswap.stage import Progress, Stage, Summary, silent
from faceswap.workspace import Workspace
from faceswap.writer import FrameWriter

#: Frames blended in threads while the one before is encoded.
AHEAD = 2
#: Side of the aligned square that the opacity is drawn in, in pixels.
SIDE = 256


@dataclass(frozen=True)
class Merge(Stage):
    """Write the film with the swapped faces in it, and all else as it was."""

    reads = ("target/frames", "swapped")
    uses = ("target/images",)
    writes = ("output",)

    color: str = option(
        "lab",
        "Give the new face the old one's colours (lab) or keep its own (none).",
        choices=("lab", "none"),
    )
    erode: float = option(
        0.02, "Move the mask's edge inwards, in widths of the face.", low=0, high=0.5
    )
    feather: float = option(
        0.12, "Width of the mask's soft edge, in widths of the face.", low=0, high=1
    )
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

    def check(self, work: Workspace) -> None:
        """Refuse codecs, formats and containers that do not go together."""
        for clip in FrameIndex.load(work.require("target/frames")).clips:
            if self._kind(clip) == "none":
                encoding_for(
                    clip, self.codec, self.quality, self.preset, self.pixel_format, self.container
                )

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Write the output, frame by frame."""
        target = work.on("target")
        index = FrameIndex.load(target.require("frames"))
        swapped = _Swapped(work.require("swapped"), self)
        single = len(index.clips) == 1
        with work.making("output", self._suffix(index)) as output:
            # A video cannot be gone on with in the middle: what a killed run wrote goes.
            durable.remove(output)
            with footage(target) as reader, progress.bar("merge", len(index)) as bar:
                for clip, first, begin, end in index.parts(0, len(index)):
                    path = output if single else output / (Path(clip.path).stem + self._end(clip))
                    path.parent.mkdir(exist_ok=True)
                    frames = reader.raw(first + begin, first + end)
                    with self._writer(path, clip, first, target) as writer:
                        for frame, patches in _ahead(frames, swapped, clip):
                            writer.write(frame, patches)
                            bar.step()
                    for stream in writer.dropped:
                        progress.warn(f"the container cannot hold a stream: {stream} is left out")
        return {"frames": len(index), "swapped": swapped.changed, "file": work.path("output").name}

    def _writer(
        self, path: Path, clip: Clip, first: int, target: Workspace
    ) -> FrameWriter | ImageWriter:
        if self._kind(clip) != "none":
            return ImageWriter(path, clip, first, self._kind(clip))
        source = target.path("media").parent / clip.path
        how = (self.codec, self.quality, self.preset, self.pixel_format, self.container)
        return FrameWriter(path, clip, source, *how)

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

    def __init__(self, folder: Path, how: Merge) -> None:
        self.how = how
        self.changed = 0
        self._faces = Rows(folder / "faces.npy")
        self._masks = Rows(folder / "masks.npy")
        rows = enumerate(Journal(folder / RECORDS, Crop))
        self._groups = groupby(rows, key=lambda row: row[1].frame)
        self._next = next(self._groups, None)

    def take(self, number: int) -> list[tuple[int, Crop]]:
        """The faces of a frame with their rows; frames are asked for in order."""
        while self._next and self._next[0] < number:
            self._next = next(self._groups, None)
        if not self._next or self._next[0] != number:
            return []
        found = list(self._next[1])
        self.changed += 1
        return found

    def patches(self, clip: Clip, frame: VideoFrame, faces: list[tuple[int, Crop]]) -> list[Patch]:
        """What changes in a frame."""
        if not faces:
            return []
        picture = to_rgb(frame, clip)
        found = []
        for row, crop in faces:
            face, mask = (rows.read(row, row + 1)[0] for rows in (self._faces, self._masks))
            patch = self._patch(picture, crop, face, mask)
            if patch:
                found.append(patch)
        return found

    def _patch(
        self, frame: NDArray[np.uint8], crop: Crop, face: NDArray[np.uint8], mask: NDArray[np.uint8]
    ) -> Patch | None:
        size = face.shape[0]
        alpha = self._alpha(crop, mask)
        new, old = (
            image.astype(np.float32) / np.float32(255)
            for image in (face, sample(frame, crop.from_frame, size))
        )
        weights = np.asarray(cv2.resize(alpha, (size, size), None, 0, 0, cv2.INTER_AREA))
        numbers = color.measure(self.how.color, new, old, weights)
        new = color.apply(self.how.color, new, numbers)
        return Blend().patch(frame, new, alpha, crop.from_frame)

    def _alpha(self, crop: Crop, mask: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The opacity over the aligned square, (SIDE, SIDE) in [0, 1]."""
        scale = SIDE / mask.shape[0]
        grown = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2]])
        hull = masks.hull(transform(crop.points, compose(grown, crop.from_frame)))
        inside = masks.fill(hull, (SIDE, SIDE))
        # The square's border is an edge too.
        inside[[0, -1]] = inside[:, [0, -1]] = 0
        width = float(np.sqrt(cv2.contourArea(hull)))
        soft = masks.soften(inside, self.how.erode * width, self.how.feather * width)
        sure = cv2.resize(mask.astype(np.float32) / np.float32(255), (SIDE, SIDE))
        return np.asarray(soft * sure, np.float32)


def _ahead(
    frames: Iterable[tuple[int, VideoFrame]], swapped: _Swapped, clip: Clip
) -> Iterator[tuple[VideoFrame, list[Patch]]]:
    """Each frame with its patches, made in threads while frames before it are encoded."""
    with ThreadPoolExecutor(AHEAD) as pool:
        waiting: deque[tuple[VideoFrame, Future[list[Patch]]]] = deque()
        for number, frame in frames:
            work = pool.submit(swapped.patches, clip, frame, swapped.take(number))
            waiting.append((frame, work))
            if len(waiting) > AHEAD:
                ready, done = waiting.popleft()
                yield ready, done.result()
        for ready, done in waiting:
            yield ready, done.result()

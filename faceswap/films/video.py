"""Frames of a side's media by their global numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from faceswap.errors import BadMedia
from faceswap.films.clip_reader import ClipReader
from faceswap.films.deep_images import Samples, read_samples
from faceswap.films.film import refuse_frames
from faceswap.films.frame_index import Clip, FrameIndex
from faceswap.films.images import as_saved, read_image
from faceswap.films.paste import Patch, paste
from faceswap.films.pixels import to_rgb
from faceswap.films.shown import Picture, Shown

__all__ = ["FrameReader", "image_name", "to_rgb"]

Image = NDArray[np.uint8]

#: Endings of frames written as images, in the order they are looked for.
IMAGE_KINDS = ("png", "jpg")


def image_name(number: int, kind: str = "png") -> str:
    """The file name of a frame in a folder of frames: `000017.png`."""
    return f"{number:06d}.{kind}"


class FrameReader:
    """Reads the frames an index lists, in any order and range; a context manager.

    Args:
        index: The side's index.
        root: The side's folder, which the index's paths start from.
        images: Folder with frames as (edited) images, named by `image_name`; these come instead
            of the film's. What it lacks comes from the film.
        threads: Threads of the decoder; 0: as many as there are cores. Workers take 1.

    Example:
        >>> with FrameReader(index, root) as reader:  # doctest: +SKIP
        ...     for number, frame in reader.frames(0, 48):
        ...         print(number, frame.shape)
    """

    def __init__(
        self, index: FrameIndex, root: Path, images: Path | None = None, threads: int = 0
    ) -> None:
        """Only remembers what to open."""
        self.index = index
        self.root = root
        self.images = images
        self.threads = threads
        self._open: ClipReader | None = None
        self._scaler = VideoReformatter()

    def __enter__(self) -> FrameReader:
        """The reader; files are opened when a frame of theirs is asked for."""
        return self

    def __exit__(self, kind: object, error: BaseException | None, *_: object) -> None:
        """Closes what is open."""
        if self._open is not None:
            self._open.close()
            self._open = None
        refuse_frames(self.root, error)

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, Image]]:
        """Number and (h, w, 3) uint8 RGB in display orientation, from `start` to before `stop`.

        Raises:
            BadMedia: Where a file can no longer be read as it was indexed.
        """
        for number, picture in self.pictures(start, stop):
            if isinstance(picture, Shown):
                yield number, to_rgb(picture.frame, picture.clip, self._scaler)
            else:
                yield number, picture

    def pictures(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, Picture]]:
        """The same for those who look at parts of frames only: no more of them is converted."""
        for clip, at, number in self._numbers(start, stop):
            edited = self._edited(clip, at, number)
            yield number, Shown(self._stored(clip, at), clip) if edited is None else edited

    def raw(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, VideoFrame]]:
        """Number and frame in the decoder's format and stored orientation, with pts.

        Only pixels that differ from the film's are taken from edited images, so that all others
        stay the decoder's own. Pictures of image clips come as RGB of their depth, with their
        transparency.
        """
        for clip, at, number in self._numbers(start, stop):
            edited = self._edited(clip, at, number)
            yield number, self._with_edits(self._stored(clip, at), clip, number, edited)

    def _numbers(self, start: int, stop: int | None) -> Iterator[tuple[Clip, int, int]]:
        """Clip, position in its frames, and global number of each frame."""
        stop = len(self.index) if stop is None else stop
        for clip, first, begin, end in self.index.parts(start, stop):
            for at in range(begin, end):
                yield clip, at, first + at

    def _stored(self, clip: Clip, at: int) -> VideoFrame:
        return self._picture(clip, at) if clip.kind == "images" else self._decoded(clip, at)

    def _decoded(self, clip: Clip, at: int) -> VideoFrame:
        if self._open is None or self._open.clip is not clip:
            if self._open is not None:
                self._open.close()
            self._open = ClipReader(self.root / clip.path, clip, self.threads)
        return next(self._open.read(at, at + 1))

    def _picture(self, clip: Clip, at: int) -> VideoFrame:
        path = self.root / clip.path / clip.pictures[at].name
        image, _ = read_samples(path)
        if image.shape[:2] != _size(clip, at):
            raise BadMedia(f"{path} has changed since it was indexed: run extract again")
        return _as_frame(image, clip, at)

    def _file(self, number: int) -> Path | None:
        """The image that was written of a frame, perhaps edited since."""
        if self.images is None:
            return None
        files = (self.images / image_name(number, kind) for kind in IMAGE_KINDS)
        return next((file for file in files if file.is_file()), None)

    def _edited(self, clip: Clip, at: int, number: int) -> Image | None:
        file = self._file(number)
        if file is None:
            return None
        image, (height, width) = read_image(file), _size(clip, at)
        if image.shape[:2] != (height, width):
            shape = f"{image.shape[1]}x{image.shape[0]}"
            raise BadMedia(f"{file} is {shape}: an edited frame keeps {width}x{height}")
        return image

    def _with_edits(
        self, frame: VideoFrame, clip: Clip, number: int, edited: Image | None
    ) -> VideoFrame:
        file = self._file(number)
        if edited is None or file is None:
            return frame
        # JPEG changes every pixel a little: compared is what an untouched file would hold.
        untouched = as_saved(to_rgb(frame, clip, self._scaler), file.suffix[1:])
        changed = (edited != untouched).any(-1)
        if not changed.any():
            return frame
        return paste(frame, clip, [Patch(0, 0, edited, changed.astype(np.uint8) * 255)])


def _size(clip: Clip, at: int) -> tuple[int, int]:
    """Height and width of a frame as it is shown."""
    if clip.kind == "images":
        return clip.pictures[at].height, clip.pictures[at].width
    return clip.height, clip.width


def _as_frame(image: Samples, clip: Clip, at: int) -> VideoFrame:
    kinds = {(3, 1): "rgb24", (4, 1): "rgba", (3, 2): "rgb48le", (4, 2): "rgba64le"}
    frame = VideoFrame.from_ndarray(image, kinds[image.shape[2], image.itemsize])
    frame.pts = clip.frames[at].pts
    frame.time_base = clip.tick
    return frame

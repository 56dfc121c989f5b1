"""Frames of one video clip in any order, each exactly as decoding from the beginning gives it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import dropwhile, islice
from pathlib import Path

from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from faceswap.errors import BadMedia
from faceswap.films.fields import whole
from faceswap.films.film import Film
from faceswap.films.frame_index import Clip, Frame

#: A key frame no further ahead than this is reached by decoding on, without a seek.
NEAR = 48


class ClipReader:
    """An open video clip; a context manager.

    A seek goes to the key frame at or before the wanted one. What comes before the first frame
    that the index knows as a key frame is not trusted: leading frames of an open group lack what
    they refer to. Where a seek lands wrong, the file is read from the beginning and counted.
    """

    def __init__(self, path: Path, clip: Clip, threads: int = 0) -> None:
        """Only remembers what to open."""
        self.path = path
        self.clip = clip
        # How much of a damaged file survives hangs on the threads: the index was made with one.
        self.threads = 1 if clip.damaged else threads
        self._keys = set(clip.keys)
        self._scaler = VideoReformatter()
        self._film: Film | None = None
        self._coming: Iterator[tuple[int, VideoFrame]] = iter(())
        self._counted = True
        self._here: Frame | None = None

    def __enter__(self) -> ClipReader:
        """The reader; the file is opened when the first frame is asked for."""
        return self

    def __exit__(self, *error: object) -> None:
        """Closes the file."""
        self.close()

    def close(self) -> None:
        """Closes the file; harmless if it is closed."""
        self._here, self._coming = None, iter(())
        if self._film is not None:
            self._film.close()
            self._film = None

    def read(self, begin: int, end: int) -> Iterator[VideoFrame]:
        """Selected frames `begin` to `end` in the decoder's own format, with the index's pts."""
        for frame in self.clip.frames[begin:end]:
            picture = self._find(frame)
            self._here = frame
            picture = self._as_first(picture)
            picture.pts, picture.time_base = frame.pts, self.clip.tick
            yield picture

    def _find(self, frame: Frame) -> VideoFrame:
        if self._follows(frame):
            found = self._advance(frame)
            if found is not None:
                return found
        for key in self._landings(frame):
            found = self._advance(frame) if self._seek(key) else None
            if found is not None:
                return found
        self._rewind()
        found = self._advance(frame)
        if found is None:
            raise BadMedia(f"{self.path} has changed since it was indexed: run extract again")
        return found

    def _follows(self, frame: Frame) -> bool:
        """Whether decoding on is the shortest way to a frame."""
        here = self._here
        if here is None or frame.ordinal <= here.ordinal:
            return False
        key = next(iter(self._landings(frame)), None)
        return frame.ordinal - here.ordinal <= NEAR or key is None or key <= here.pts

    def _landings(self, frame: Frame) -> list[int]:
        """Key frames to try to land on: the one at or before the frame, then the one before."""
        # A whole frame is made from the one before as well, so that has to be there.
        before = bisect_left if self.clip.deinterlaced else bisect_right
        last = before(self.clip.keys, frame.pts)
        return self.clip.keys[max(last - 2, 0) : last][::-1]

    def _advance(self, frame: Frame) -> VideoFrame | None:
        goal = frame.ordinal if self._counted else frame.pts
        for at, picture in self._coming:
            if at >= goal:
                return picture if at == goal else None
        return None

    def _seek(self, key: int) -> bool:
        film = self._film or self._open()
        self._here, self._counted = None, False
        self._coming = self._trusted(film)
        return film.seek(key)

    def _trusted(self, film: Film) -> Iterator[tuple[int, VideoFrame]]:
        pictures = dropwhile(lambda p: not (p.key_frame and p.pts in self._keys), film.frames())
        # The first whole frame lacks the one before.
        begin = 1 if self.clip.deinterlaced else 0
        for picture in islice(self._read(pictures), begin, None):
            if picture.pts is not None:
                yield picture.pts, picture

    def _read(self, pictures: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
        """Decoded frames as they are to be read."""
        return whole(pictures, self.clip.deinterlaced) if self.clip.deinterlaced else pictures

    def _rewind(self) -> None:
        self.close()
        self._counted = True
        self._coming = enumerate(self._read(self._open().frames()))

    def _open(self) -> Film:
        self._film = Film(self.path, self.threads).__enter__()
        return self._film

    def _as_first(self, picture: VideoFrame) -> VideoFrame:
        """Streams may change size or format on the way; readers see those of the first frame."""
        width, height = self.clip.stored_size
        form = self.clip.pixel_format
        if (picture.width, picture.height, picture.format.name) == (width, height, form):
            return picture
        return self._scaler.reformat(picture, width, height, form, threads=1)

"""Patching: the swapped faces, frame after frame, as patches for the film."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from faceswap import clock
from faceswap.alignment.crops import Crop
from faceswap.compositing.merger import Merger, in_frame
from faceswap.films.frame_index import Clip
from faceswap.films.paste import Patch
from faceswap.films.shown import Shown

#: Frames blended in threads while the one before is encoded.
AHEAD = 2
#: Rows of a frame that are made the masks' picture at once.
BAND = 256

Plane = NDArray[np.float32]
Face = tuple[int, Crop, Plane]


class Work(NamedTuple):
    """A frame's patches, and its masks as a picture where they are wanted."""

    patches: list[Patch]
    masks: list[Patch]


class Patching:
    """The patches of a film's frames, which are asked for in order.

    Args:
        merger: Blends the faces.
        masks: Whether to draw the masks too.

    Attributes:
        changed: How many frames had a face so far.
    """

    def __init__(self, merger: Merger, masks: bool) -> None:
        self.merger = merger
        self.masks = masks
        self.changed = 0
        self._faces = merger.faces()
        self._next = next(self._faces, None)

    def ahead(
        self, frames: Iterable[tuple[int, VideoFrame]], clip: Clip
    ) -> Iterator[tuple[VideoFrame, Work]]:
        """Each frame with its patches, made in threads while frames before it are encoded."""
        with ThreadPoolExecutor(AHEAD) as pool:
            waiting: deque[tuple[VideoFrame, Future[Work]]] = deque()
            for number, frame in frames:
                work = pool.submit(self._work, clip, frame, self._take(number))
                waiting.append((frame, work))
                if len(waiting) > AHEAD:
                    ready, done = waiting.popleft()
                    yield ready, done.result()
            for ready, done in waiting:
                yield ready, done.result()

    def _take(self, number: int) -> list[Face]:
        found = []
        while self._next and self._next[1].frame <= number:
            if self._next[1].frame == number:
                found.append(self._next)
            self._next = next(self._faces, None)
        self.changed += bool(found)
        return found

    def _work(self, clip: Clip, frame: VideoFrame, faces: list[Face]) -> Work:
        picture = Shown(frame, clip)
        with clock.part("blend"):
            alphas = [self.merger.alpha(row, crop) for row, crop, _ in faces]
            found = [
                self.merger.patch(picture, row, crop, face, alpha)
                for (row, crop, face), alpha in zip(faces, alphas, strict=True)
            ]
            patches = [patch for patch in found if patch]
            return Work(patches, self._drawn(clip, faces, alphas) if self.masks else [])

    def _drawn(self, clip: Clip, faces: list[Face], alphas: list[Plane]) -> list[Patch]:
        """The masks' picture of a frame."""
        seen = np.zeros((clip.height, clip.width), np.uint8)
        for (_, crop, _), alpha in zip(faces, alphas, strict=True):
            here = in_frame(alpha, crop, self.merger.folder.size, seen.shape)
            np.maximum(seen, np.round(here * 255).astype(np.uint8), out=seen)
        return _bands(seen)


def _bands(grey: NDArray[np.uint8]) -> list[Patch]:
    """Patches that make all of a frame a grey picture (h, w), one under the other.

    Colours are turned in numbers of 4 bytes and more: a whole frame of 4K at once would take as
    much as its encoder.
    """
    return [
        Patch(0, top, np.broadcast_to(band[..., None], (*band.shape, 3)), np.full_like(band, 255))
        for top in range(0, len(grey), BAND)
        for band in [grey[top : top + BAND]]
    ]

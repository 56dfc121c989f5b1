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
from faceswap.crops import Crop
from faceswap.frame_index import Clip
from faceswap.merger import Merger, in_frame
from faceswap.paste import Patch
from faceswap.shown import Shown

#: Frames blended in threads while the one before is encoded.
AHEAD = 2

Face = tuple[int, Crop, NDArray[np.float32]]


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
                    yield ready, _awaited(done)
            for ready, done in waiting:
                yield ready, _awaited(done)

    def _take(self, number: int) -> list[Face]:
        found = []
        while self._next and self._next[1].frame <= number:
            if self._next[1].frame == number:
                found.append(self._next)
            self._next = next(self._faces, None)
        self.changed += bool(found)
        return found

    def _work(self, clip: Clip, frame: VideoFrame, faces: list[Face]) -> Work:
        if not faces and not self.masks:
            return Work([], [])
        with clock.part("blend"):
            return self._blended(Shown(frame, clip), faces)

    def _blended(self, picture: Shown, faces: list[Face]) -> Work:
        patches: list[Patch] = []
        seen = np.zeros(picture.shape[:2] if self.masks else 0, np.float32)
        for row, crop, face in faces:
            alpha = self.merger.alpha(row, crop)
            patch = self.merger.patch(picture, row, crop, face, alpha)
            if patch:
                patches.append(patch)
            if self.masks:
                inside = in_frame(alpha, crop, self.merger.folder.size, seen.shape)
                np.maximum(seen, inside, out=seen)
        return Work(patches, [_grey(seen)] if self.masks else [])


def _awaited(done: Future[Work]) -> Work:
    with clock.part("waiting"):
        return done.result()


def _grey(opacity: NDArray[np.float32]) -> Patch:
    """A patch that makes all of a frame its masks' picture."""
    grey = np.round(opacity * 255).astype(np.uint8)
    return Patch(0, 0, np.repeat(grey[..., None], 3, axis=2), np.full_like(grey, 255))

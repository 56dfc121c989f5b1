"""Shots: where one ends and the next begins."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

#: Side of the pictures that shots are told apart by, in pixels.
SIDE = 64
#: Frames before and after that a frame is held against; PySceneDetect's own default.
WINDOW = 2
#: Least mean change of hue, saturation and value (of 255), and how many times that of the frames
#: around it. Measured: cuts between two speakers before the same backdrop 10 and more, people who
#: talk and walk up to 12, but then never three times what was just before.
CHANGE, TIMES = 10.0, 3.0
#: Least share of bits in which the perceptual hashes (16 x 16) of two pictures differ where a shot
#: ends. Measured: cuts 0.29 and more, people who talk and walk 0.03, at most 0.32; flashes 0.21,
#: and 104 of 132 of them less than this.
UNLIKE, BITS = 0.28, 16
#: Pictures of a folder are of no film where more than half differ so much from the one before.
#: Measured: portraits of one place and pose 0.38 at the median, film 0.03.
UNRELATED = 0.2

Small = NDArray[np.uint8]


class Shots:
    """Where shots begin, told at the end, of the pictures shown one after the other.

    Two measures of PySceneDetect have to agree: that of its adaptive detector, so that neither a
    pan nor a waving hand passes for a cut, and the distance of perceptual hashes, so that no flash
    does.
    """

    def __init__(self) -> None:
        """Nothing was shown yet."""
        self._detector: Any = None
        self._changed: set[int] = set()
        self._unlike: set[int] = set()
        self._hash: Any = None
        self._last: Small | None = None
        self._shown = 0
        self._far = 0

    def show(self, picture: Small) -> None:
        """The next picture, (64, 64, 3) RGB."""
        if self._last is None:
            self._begin(picture)
        self._feed(self._shown, picture)
        self._compare(picture)
        self._last = picture
        self._shown += 1

    def begin(self) -> set[int]:
        """The numbers of the pictures that shots begin with, the first among them; asked once."""
        if self._last is None:
            return set()
        for at in range(self._shown, self._shown + WINDOW):
            self._feed(at, self._last)
        return {0, *(self._changed & self._unlike)}

    def unrelated(self) -> bool:
        """Whether the pictures are photos that have nothing to do with each other."""
        return self._far > (self._shown - 1) / 2

    def _begin(self, picture: Small) -> None:
        from scenedetect.detectors import AdaptiveDetector

        self._detector = AdaptiveDetector(
            TIMES, min_scene_len=1, window_width=WINDOW, min_content_val=CHANGE
        )
        # A cut is told by what is around it: the first and the last picture stand still, so that
        # one is found beside them too.
        for at in range(-WINDOW, 0):
            self._feed(at, picture)

    def _feed(self, at: int, picture: Small) -> None:
        from scenedetect import FrameTimecode

        # Lengths are in frames, so any rate will do.
        time = FrameTimecode(at + WINDOW, 25.0)
        cuts = self._detector.process_frame(time, _bgr(picture))
        self._changed |= {cut.frame_num - WINDOW for cut in cuts}

    def _compare(self, picture: Small) -> None:
        from scenedetect.detectors import HashDetector

        bits = HashDetector.hash_frame(_bgr(picture), BITS, 2)
        if self._hash is not None:
            share = float((bits != self._hash).mean())
            self._far += share >= UNRELATED
            if share >= UNLIKE:
                self._unlike.add(self._shown)
        self._hash = bits


def small(rgb: NDArray[np.uint8]) -> Small:
    """The (64, 64, 3) picture that stands for an RGB picture of any size."""
    return np.asarray(cv2.resize(rgb, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _bgr(rgb: Small) -> Small:
    return np.ascontiguousarray(rgb[..., ::-1])

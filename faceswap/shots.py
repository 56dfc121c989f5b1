"""Cuts: where one shot ends and the next begins."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

#: Side of the luma thumbnails that shots are told apart by, in pixels.
THUMBNAIL = 32
#: How different two thumbnails must be at least (0 the same, 1 unrelated). Measured: people who
#: talk and walk 0.003 to 0.08, a flash 0.27, cuts to another person before the same backdrop 0.3
#: to 0.5, to elsewhere 0.6.
LEAST = 0.30
#: And how many times as different as the frames just before were from each other.
TIMES = 3.0
#: How fast the measure of the usual difference forgets, a frame.
FORGET = 0.3

Thumbnail = NDArray[np.uint8]


class Shots:
    """Tells for frame after frame whether a new shot begins there; the first does.

    Two measures have to agree, so that neither a flash (same forms, other light) nor a waving hand
    (other forms, same light) passes for a cut: correlation of the thumbnails, and the distance of
    their histograms.
    """

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._last: Thumbnail | None = None
        self._usual = 0.0

    def begins(self, thumbnail: Thumbnail) -> bool:
        """Whether a shot begins with the frame of this (32, 32) uint8 luma picture."""
        last, self._last = self._last, thumbnail
        if last is None or last.shape != thumbnail.shape:
            return True
        found = difference(last, thumbnail)
        cut = found >= LEAST and found >= TIMES * self._usual
        # Capped, so that a shot of one frame ends with a cut too, and a fast pan soon is usual.
        self._usual += FORGET * (min(found, LEAST) - self._usual)
        return cut


def difference(one: Thumbnail, other: Thumbnail) -> float:
    """How unlike two small luma pictures are: 0 the same, about 1 unrelated."""
    return float(np.sqrt(_forms(one, other) * _light(one, other)))


def luma(rgb: NDArray[np.uint8]) -> Thumbnail:
    """The luma thumbnail of an RGB picture of any size."""
    small = cv2.resize(rgb, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)


def _forms(one: Thumbnail, other: Thumbnail) -> float:
    # Levels below 2 of 255 are noise: a black frame is not "unrelated" to the next black one.
    a, b = (t.astype(np.float32) - t.mean() for t in (one, other))
    spread = max(float(a.std() * b.std()), 2.0 * max(float(a.std()), float(b.std())), 4.0)
    if a.std() < 2 and b.std() < 2:
        return min(abs(float(one.mean()) - float(other.mean())) / 64, 1.0)
    return min(max(1.0 - float((a * b).mean()) / spread, 0.0), 1.0)


def _light(one: Thumbnail, other: Thumbnail) -> float:
    # Distance between the cumulated histograms: a small shift of all levels counts little.
    ranks = np.sort(one, axis=None).astype(np.float32) - np.sort(other, axis=None)
    pixels = one.astype(np.float32) - other
    return min(float(np.abs(ranks).mean()) / 32 + float(np.abs(pixels).mean()) / 64, 1.0)

"""What a detector finds, and what all detectors share."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

#: A face followed from frame to frame is believed at a score this much lower than a new one.
SLACK = 0.5


class Found(NamedTuple):
    """One face a detector found, in pixels of the image it was given.

    Attributes:
        x: Centre of the face, between brows and chin.
        y: The same, downwards.
        side: Side of the square that reaches from the brows to the chin.
        score: 0 where the detector itself says face or not; more is surer.
        roll: Degrees the head is tilted clockwise; 0 from detectors that cannot tell.
    """

    x: float
    y: float
    side: float
    score: float
    roll: float = 0.0

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the square, not turned."""
        half = self.side / 2
        return self.x - half, self.y - half, self.x + half, self.y + half

    @classmethod
    def of_box(
        cls, left: float, top: float, right: float, bottom: float, score: float, scale: float
    ) -> Found:
        """A box in an image that was resized by `scale`, as a face in the image as it was."""
        # Pixel centres are at integers: resizing leaves the corner at -0.5 in its place.
        x, y = ((left + right) / 2 + 0.5) / scale - 0.5, ((top + bottom) / 2 + 0.5) / scale - 0.5
        return cls(x, y, (right - left + bottom - top) / 2 / scale, score)


class Detector(Protocol):
    """Finds upright faces; several calls at once are not allowed."""

    def find(self, image: Image, at_least: float) -> list[Found]:
        """The faces in an image, the surest first, each once.

        Args:
            image: (h, w, 3) RGB.
            at_least: Side in pixels of the smallest face wanted; the smaller, the slower.

        Returns:
            Those with a score of at least `-SLACK`. Tilts of some 20 degrees are upright enough.
        """
        ...


def resized(image: Image, scale: float) -> Image:
    """The image at `scale` times its size; averaged where it shrinks."""
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    if (height, width) == image.shape[:2]:
        return image
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=how), np.uint8)


def overlap(one: Found, other: Found) -> float:
    """How much of two faces' squares they share: their cut over their union, 0 to 1."""
    near = (one.side + other.side) / 2
    width = min(near - abs(one.x - other.x), one.side, other.side)
    height = min(near - abs(one.y - other.y), one.side, other.side)
    if width <= 0 or height <= 0:
        return 0.0
    cut = width * height
    return cut / (one.side**2 + other.side**2 - cut)


def each_once(found: list[Found], most: float = 0.3) -> list[Found]:
    """The surest first, without those that share more than `most` with a surer one."""
    kept: list[Found] = []
    for face in sorted(found, key=lambda f: -f.score):
        if all(overlap(face, other) <= most for other in kept):
            kept.append(face)
    return kept

"""Sorting: what crops are ordered by, and which of them are the worst by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.alignment.crops import Crop
from faceswap.alignment.pose import pose

Picture = NDArray[np.uint8]
Values = NDArray[np.float64]

#: Side of the pictures that near-duplicates are found by; share of the crop they show.
_SMALL, _MIDDLE = 16, 0.6
#: Grey levels (root of the mean square, at equal mean and contrast) up to which two crops are the
#: same picture again. Measured on three films of people who talk: to the frame before 1.6 to 3.1 at
#: the median, to that five frames before 5 to 10, to one a second before 7 to 17.
NEAR = 4.0


#: What a value is by a crop's record alone.
MEASURES: dict[str, Callable[[Crop], float]] = {
    "blur": lambda crop: crop.sharpness,
    "yaw": lambda crop: pose(crop.points).yaw,
    "pitch": lambda crop: pose(crop.points).pitch,
    "roll": lambda crop: pose(crop.points).roll,
    "size": lambda crop: float(np.hypot(*(crop.points[16] - crop.points[0]))),
}
#: All there is, and what each value means.
KINDS = {
    "blur": "sharpness, in grey levels squared; below about 50 is blurred",
    "yaw": "degrees, right is more",
    "pitch": "degrees, down is more",
    "roll": "degrees, clockwise is more",
    "size": "width of the face in the frame, in pixels",
    "brightness": "mean grey level",
    "descriptor": "distance to the usual face; above 0.6 is likely somebody else",
    "duplicates": "grey levels to the nearest crop before; below 4 is the same again",
}
#: Those where little is bad, much is bad; of the others what is far from the usual is.
_LITTLE, _MUCH = {"blur", "size", "duplicates"}, {"descriptor"}


def badness(by: str, values: Values) -> Values:
    """How bad each of the values (n,) is: the larger, the worse."""
    if by in _LITTLE:
        return -values
    return values if by in _MUCH else np.abs(values - np.median(values))


def brightness(picture: Picture) -> float:
    """Mean grey level of the middle of a crop."""
    return float(_middle(picture).mean())


def unlikeness(descriptors: NDArray[np.float64]) -> Values:
    """How far each of the descriptors (n, 128) is from the usual one, their median."""
    usual = np.median(descriptors, axis=0)
    return np.asarray(np.linalg.norm(descriptors - usual, axis=1))


def thumbnail(picture: Picture) -> NDArray[np.float32]:
    """What near-duplicates of a crop have in common: (256,) of mean 0 and deviation 32."""
    grey = cv2.cvtColor(_middle(picture), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA).astype(np.float32)
    small -= small.mean()
    return np.asarray(small.ravel() * (32 / max(float(small.std()), 1.0)), np.float32)


def novelty(thumbnails: Iterable[NDArray[np.float32]]) -> Values:
    """For each thumbnail, in grey levels, how far it is from the nearest new one before it.

    One nearer than `NEAR` is a duplicate, and not new: a long shot of one pose does not creep away
    from its first picture. The first is infinitely far.
    """
    kept = np.empty((64, _SMALL**2), np.float32)
    count, found = 0, []
    for small in thumbnails:
        away = np.sqrt(((kept[:count] - small) ** 2).mean(1).min()) if count else np.inf
        found.append(float(away))
        if away >= NEAR:
            if count == len(kept):
                kept = np.concatenate([kept, np.empty_like(kept)])
            kept[count] = small
            count += 1
    return np.array(found)


def _middle(picture: Picture) -> Picture:
    side = picture.shape[0]
    edge = round(side * (1 - _MIDDLE) / 2)
    return picture[edge : side - edge, edge : side - edge]

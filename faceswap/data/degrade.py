"""Degrade: dirt on the pictures that a network is given, which it learns to draw without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.data.relight import chosen

Image = NDArray[np.uint8]
Random = np.random.Generator

#: Deviation of a blur and length of a motion's trace, in widths of the picture.
BLUR, TRACE = (0.004, 0.014), (0.02, 0.07)
#: Quality of a picture that is compressed.
QUALITY = (15, 75)
#: What lies before a face: its breadth and its length in widths of the picture, and which part of
#: another picture is seen on it, blown up so that it is no face.
BREADTH, LENGTH, PATCH = (0.12, 0.4), (0.3, 1.2), 0.25


@dataclass(frozen=True)
class Degrade:
    """What befalls the network's input alone. Its target, and the mask, stay as they are.

    So the network learns to draw sharp and clean faces, and the whole face behind what lies before
    it: in the copy of a face a hand is then missing, and the difference tells where it is.

    Attributes:
        occluders: Share of the pictures with something before the face.
        blur: Share that is blurred, half of it by motion.
        noise: Largest deviation of noise, as a part of white.
        jpeg: Share that is compressed as JPEG.
    """

    occluders: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    jpeg: float = 0.0

    def __call__(self, random: Random, pictures: Image) -> Image:
        """The pictures (n, s, s, 3), degraded in the order in which a camera does it."""
        done = pictures.copy()
        # What is drawn for one of them does not depend on how much there is of the others.
        streams = random.spawn(4)
        self._some(streams[0], self.occluders, done, _occluder(pictures))
        self._some(streams[1], self.blur, done, lambda random, n, one: _blurred(random, one))
        if self.noise:
            done = _noisy(streams[2], self.noise, done)
        self._some(streams[3], self.jpeg, done, lambda random, n, one: _compressed(random, one))
        return done

    @staticmethod
    def _some(
        random: Random, share: float, pictures: Image, change: Callable[[Random, int, Image], Image]
    ) -> None:
        if share:
            for n in chosen(random, share, len(pictures)):
                pictures[n] = change(random, n, pictures[n])


def _occluder(pictures: Image) -> Callable[[Random, int, Image], Image]:
    """Something like a hand, an arm or a microphone, with a piece of another picture on it."""

    def change(random: Random, n: int, picture: Image) -> Image:
        size = len(picture)
        cover = cv2.merge([_shape(random, size)] * 3).astype(np.float32) / 255
        others = max(1, len(pictures) - 1)
        other = pictures[(n + 1 + random.integers(others)) % len(pictures)]
        patch = max(2, round(PATCH * size))
        x, y = random.integers(0, size - patch + 1, 2)
        cloth = cv2.resize(other[y : y + patch, x : x + patch], (size, size))
        cloth = cloth.astype(np.float32) * np.float32(random.uniform(0.5, 1.4))
        return np.asarray((picture + cover * (cloth - picture)).clip(0, 255) + 0.5, np.uint8)

    return change


def _shape(random: Random, size: int) -> Image:
    """(size, size) uint8, 255 on a bent limb that comes in from somewhere; soft at its edge."""
    breadth, length = (random.uniform(*span) * size for span in (BREADTH, LENGTH))
    angle, bend = random.uniform(0, 2 * np.pi), random.uniform(-1, 1)
    tip = random.uniform(0.15, 0.85, 2) * size
    steps = np.linspace(0, 1, 8)[:, None]
    turned = angle + bend * steps
    trace = tip + length * steps * np.concatenate([np.cos(turned), np.sin(turned)], axis=1)
    shape = np.zeros((size, size), np.uint8)
    cv2.polylines(shape, [trace.round().astype(np.int32)], False, 255, max(1, round(breadth)))
    return np.asarray(cv2.GaussianBlur(shape, (0, 0), max(0.5, size / 128)), np.uint8)


def _blurred(random: Random, picture: Image) -> Image:
    size = len(picture)
    if random.random() < 0.5:
        deviation = random.uniform(*BLUR) * size
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), deviation), np.uint8)
    return np.asarray(cv2.filter2D(picture, -1, _trace(random, size)), np.uint8)


def _trace(random: Random, size: int) -> NDArray[np.float32]:
    """The kernel of a straight motion; its sum is 1."""
    reach = random.uniform(*TRACE) * size / 2
    angle = random.uniform(0, np.pi)
    side = 2 * int(np.ceil(reach)) + 1
    middle = np.array([side // 2, side // 2])
    step = reach * np.array([np.cos(angle), np.sin(angle)])
    kernel = np.zeros((side, side), np.float32)
    # Ends are given to a sixteenth of a pixel.
    ends = (np.stack([middle - step, middle + step]) * 16).round().astype(int).tolist()
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA, 4)
    return np.asarray(kernel / kernel.sum())


def _noisy(random: Random, most: float, pictures: Image) -> Image:
    deviation = 255 * most * random.random((len(pictures), 1, 1, 1), dtype=np.float32)
    grain = random.standard_normal(pictures.shape, dtype=np.float32) * deviation
    return np.asarray((pictures + grain).clip(0, 255) + 0.5, np.uint8)


def _compressed(random: Random, picture: Image) -> Image:
    quality = int(random.integers(*QUALITY))
    turned = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", turned, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)

"""Relight: other light on a face, in what the network is given and in what it is to make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.compositing import color

Image = NDArray[np.uint8]
#: Crops (s, s, 3) and their masks (s, s); the sides need not be equal.
Lit = tuple[Sequence[Image], Sequence[Image]]

#: The way of `color.TRANSFERS`: of one gain and one shift a channel, so that it is a table.
HOW = "lab"
#: OpenCV's CIELAB of 8 bits is this times CIELAB, and more by that.
SCALE, ZERO = np.array([255 / 100, 1.0, 1.0]), np.array([0.0, 128.0, 128.0])
#: The light that is left in a shadow, and the width of its edge in widths of the crop.
LEFT, EDGE = (0.35, 0.85), (0.03, 0.3)
#: Side at which shadows are drawn before they are laid out, and at which colours are measured.
COARSE, SEEN = 64, 32


@dataclass(frozen=True)
class Relight:
    """How often the light on a face is changed; as with the tint, the network is to keep it.

    Attributes:
        recolor: Share of the faces that get the colours of a face chosen at random.
        shadow: Share of the faces on which a shadow falls.
    """

    recolor: float = 0.0
    shadow: float = 0.0

    def recolored(self, random: np.random.Generator, own: Lit, others: Lit) -> list[Image]:
        """The crops, some with the colours of the crop at the same place of `others`.

        Statistics are those of `color.measure`, over the pixels that are face in both.
        """
        faces = list(own[0])
        for n in chosen(random, self.recolor, len(faces)):
            pairs = (_small(pictures[n]) for pictures in (*own, *others))
            face, mask, like, other = (np.float32(1 / 255) * one for one in pairs)
            numbers = color.measure(HOW, face, like, np.minimum(mask, other))
            faces[n] = _mapped(faces[n], numbers)
        return faces

    def shadowed(self, random: np.random.Generator, faces: Sequence[Image]) -> list[Image]:
        """The crops, some with a part in shadow behind a straight soft edge."""
        lights = shadows(random, len(faces))
        shaded = list(faces)
        for n in chosen(random, self.shadow, len(faces)):
            side = len(faces[n])
            light = cv2.resize(lights[n], (side, side), interpolation=cv2.INTER_LINEAR)
            shaded[n] = np.asarray(cv2.multiply(faces[n], cv2.merge([light] * 3), scale=1 / 255))
        return shaded


def shadows(random: np.random.Generator, count: int) -> Image:
    """(count, 64, 64) uint8: 255 in the light, less in the shadow."""
    spans = ((0.0, 2 * np.pi), (-0.3, 0.3), LEFT, EDGE)
    angle, place, left, edge = (random.uniform(*span, size=(count, 1, 1)) for span in spans)
    along = np.linspace(-0.5, 0.5, COARSE)
    distance = np.cos(angle) * along[None, None] + np.sin(angle) * along[None, :, None] - place
    light = left + (1 - left) / (1 + np.exp(-4 * distance / edge))
    return np.asarray(255 * light + 0.5, np.uint8)


def _small(picture: Image) -> Image:
    every = max(1, len(picture) // SEEN)
    return picture[::every, ::every]


def _mapped(face: Image, numbers: color.Numbers) -> Image:
    """The face through one curve a channel of CIELAB in 8 bits: a tenth of the time of floats."""
    gain, shift = np.split(np.asarray(numbers, np.float64), 2)
    values = (np.arange(256)[:, None] - ZERO) * gain + shift * SCALE + ZERO
    table = np.asarray(values.clip(0, 255) + 0.5, np.uint8)[None]
    lab = cv2.LUT(cv2.cvtColor(face, cv2.COLOR_RGB2LAB), table)
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def chosen(random: np.random.Generator, share: float, count: int) -> list[int]:
    """Which of `count` pictures are among the share that something befalls."""
    return [int(n) for n in np.flatnonzero(random.random(count) < share)]

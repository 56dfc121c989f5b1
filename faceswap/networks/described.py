"""Described: what dlib's network for faces says of drawn faces and of real ones, to learn by."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from faceswap.detection.face_resnet import FaceResnet

#: dlib's aligned face, of which a quarter on each side is room: pixels.
CHIP = 150
#: Where dlib cuts it from the square of coverage "face" around the mean face: its first and last
#: pixels' places, in parts of the square: left, top, and the side between them.
LEFT, TOP, SIDE = 0.0451, -0.0020, 0.9231


class Described:
    """The features of what a network drew and of what is real, each found when first asked for.

    The weights are no part of any network: nothing trains them, and no checkpoint holds them.
    """

    def __init__(self, real: Any, drawn: Any) -> None:
        """Both (n, s, s, 3) from 0 to 1, squares of coverage "face"."""
        self._real, self._drawn = real, drawn

    @cached_property
    def real(self) -> list[Any]:
        """Maps from large to small, and descriptors (n, 128), without a gradient."""
        return [tf.stop_gradient(found) for found in features(self._real)]

    @cached_property
    def drawn(self) -> list[Any]:
        """The same of what was drawn, with gradients."""
        return features(self._drawn)


def features(faces: Any) -> list[Any]:
    """`FaceResnet.features` of aligned faces (n, s, s, 3) from 0 to 1."""
    return resnet().features(255 * chips(faces))


@cache
def resnet() -> FaceResnet:
    """The network; loaded where a term first asks for it."""
    return FaceResnet()


def chips(faces: Any) -> Any:
    """Faces as dlib aligns them, (n, 150, 150, 3), of squares (n, s, s, 3): one fixed linear map.

    It is dlib's own cut for the mean face. Faces lie near it, and what is compared is cut alike.
    """
    rows, columns = (tf.constant(cut(faces.shape[1], start)) for start in (TOP, LEFT))
    return tf.einsum("ay,nyxc,bx->nabc", rows, faces, columns)


def cut(size: int, start: float) -> NDArray[np.float32]:
    """(150, size) weights of a square's pixels in each of the chip's, along one axis.

    Linear between pixels, and over as many of them as fall on one of the chip's; the edge's pixels
    go on beyond it.
    """
    step = SIDE * size / (CHIP - 1)
    places = start * size - 0.5 + step * np.arange(CHIP)
    reach = max(1.0, step)
    around = np.arange(-size, 2 * size)
    weights = np.maximum(0, 1 - np.abs(places[:, None] - around) / reach)
    weights /= weights.sum(axis=1, keepdims=True)
    inside = weights[:, size : 2 * size].copy()
    inside[:, 0] += weights[:, :size].sum(axis=1)
    inside[:, -1] += weights[:, 2 * size :].sum(axis=1)
    return np.asarray(inside, np.float32)

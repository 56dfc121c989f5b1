"""Mmod: dlib's convolutional face detector, run by Keras."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap.detection.convolutions import Convolution, convolutions
from faceswap.detection.dlib_file import read_network, reading
from faceswap.detection.found import SLACK, Found, Image, each_once, resized
from faceswap.detection.tiled_pyramid import TiledPyramid

#: Layers of the network, and the side in pixels of the smallest face it knows.
_LAYERS, _SMALLEST = 7, 80


class _Box(NamedTuple):
    """A place that looks like a face, in whole pixels, and the network's score."""

    left: int
    top: int
    right: int
    bottom: int
    score: float


class Mmod:
    """A small convolutional network over a pyramid, trained with the max-margin loss.

    King, "Max-margin object detection", 2015. Finds profiles and tilted heads that `Hog` misses.
    Its scores are dlib's; on two cores it takes some 0.35 microseconds a pixel, a twentieth of
    what dlib does. On a GPU, TensorFlow runs the same code there.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Loads the weights in a file, that of the package face_recognition_models unless given.

        Raises:
            Damaged: If the file does not hold the network.
        """
        import face_recognition_models

        path = path or Path(face_recognition_models.cnn_face_detector_model_location())
        with reading(path):
            network = read_network(path)
            if (network.loss.kind, network.entry.kind) != (
                "loss_mmod_",
                "input_rgb_image_pyramid",
            ):
                raise ValueError("it finds no faces")
            self._layers = convolutions(network.layers)
            if len(self._layers) != _LAYERS or self._layers[-1].kernel.shape[3] != 1:
                raise ValueError(f"{len(self._layers)} layers, expected {_LAYERS}")
            if network.loss.fields[1:3] != (_SMALLEST, _SMALLEST):
                raise ValueError(f"it looks for faces of {network.loss.fields[1:3]} pixels")
        self._most = network.loss.fields[6:8]
        self._score = _scorer(self._layers, network.entry.fields)

    def find(self, image: Image, at_least: float) -> list[Found]:
        """See `Detector.find`."""
        return self.find_all([image], at_least)[0]

    def find_all(self, images: Sequence[Image], at_least: float) -> list[list[Found]]:
        """What `find` finds in each of several images of one size, which are looked at together."""
        scale = _SMALLEST / at_least
        pictures = np.stack([resized(image, scale) for image in images])
        pyramid = TiledPyramid(*pictures.shape[1:3])
        maps = self._score(pyramid, pictures)
        return [self._found(pyramid, scores, scale) for scores in maps]

    def _found(
        self, pyramid: TiledPyramid, scores: NDArray[np.float32], scale: float
    ) -> list[Found]:
        boxes = [
            self._box(pyramid, row, column, float(scores[row, column]))
            for row, column in np.argwhere(scores >= -SLACK).tolist()
        ]
        kept: list[_Box] = []
        for box in sorted(boxes, key=lambda b: -b.score):
            if not any(_one(box, other, *self._most) for other in kept):
                kept.append(box)
        return each_once([Found.of_box(*box, scale) for box in kept])

    def _box(self, pyramid: TiledPyramid, row: float, column: float, score: float) -> _Box:
        """The face whose score stands at a place of the network's map."""
        for layer in reversed(self._layers):
            middle = len(layer.kernel) // 2
            start = 0 if layer.padded else middle
            row, column = row * layer.stride + start, column * layer.stride + start
        sides = pyramid.back(column, row, _SMALLEST)
        left, top, right, bottom = (int(np.floor(side + 0.5)) for side in sides)
        return _Box(left, top, right, bottom, score)


def _scorer(layers: list[Convolution], means: tuple[float, ...]) -> Any:
    """The network: a function of a pyramid and its pictures (n, h, w, 3) to maps of scores."""
    from faceswap import backend

    backend.start()
    import keras
    import tensorflow as tf

    *inner, last = layers
    body = keras.Sequential([layer.layer(relu=True) for layer in inner])
    # As 9 channels of columns that are shifted and added: with the one channel it has, the last
    # layer computes 16 for nothing and takes as long as any other.
    columns = last.kernel[..., 0].transpose(0, 2, 1)[:, None]
    across = columns.shape[3]

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.float32)])  # type: ignore[untyped-decorator]
    def run(canvas: Any) -> Any:
        parts = tf.nn.conv2d(body(canvas, training=False), columns, 1, "SAME")
        width = tf.shape(parts)[2]
        parts = tf.pad(parts, ((0, 0), (0, 0), (across // 2, across // 2), (0, 0)))
        return tf.add_n([parts[:, :, n : n + width, n] for n in range(across)]) + last.bias

    def score(pyramid: TiledPyramid, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        near_zero = (tf.cast(pictures, tf.float32) - np.array(means, np.float32)) / 256
        return np.asarray(run(pyramid.canvas(near_zero)))

    return score


def _one(one: _Box, other: _Box, overlap: float, covered: float) -> bool:
    """Whether two boxes are one face, as dlib judges: by the smallest box around both."""
    cut = _area(
        max(one.left, other.left),
        max(one.top, other.top),
        min(one.right, other.right),
        min(one.bottom, other.bottom),
    )
    around = _area(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
    )
    least = min(_area(*one[:4]), _area(*other[:4]))
    return cut > overlap * around or cut > covered * least


def _area(left: int, top: int, right: int, bottom: int) -> int:
    return max(0, right - left + 1) * max(0, bottom - top + 1)

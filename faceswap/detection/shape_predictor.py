"""ShapePredictor: dlib's 68 landmarks from several squares at once, in parts of pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceswap.detection.shape_trees import DEPTH, LEAVES, Trees, load
from faceswap.pictures.geometry import Points

#: Squares the predictor is asked about at once: a pixel of each is looked up as one number.
STARTS = 4

Grey = NDArray[np.uint8]
#: Points as complex numbers, so that a product turns and scales.
Numbers = NDArray[np.complex128]


class ShapePredictor:
    """Regression trees that move a mean shape onto a face, from four squares at once.

    Kazemi and Sullivan, "One millisecond face alignment with an ensemble of regression trees",
    2014, with dlib's trees. The answers are dlib's before it rounds them to whole pixels; four
    take 3 ms where dlib takes 3 while all its trees lie in the cache, and 5 to its 8 where a film
    is decoded in between: the trees of all four are fetched from memory together.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Loads the trees of a file, that of the package face_recognition_models unless given.

        Raises:
            Damaged: If the file does not hold the trees.
        """
        import face_recognition_models

        trees = load(path or Path(face_recognition_models.pose_predictor_model_location()))
        mean = _complex(trees.mean)
        self._start = np.repeat(mean[:, None], STARTS, axis=1)
        centred = mean - mean.mean()
        #: Times a shape, it is the turn and scale that bring the mean nearest to the shape.
        self._fit = centred.conj() / np.sum(np.abs(centred) ** 2)
        self._cascades = [_Cascade(trees, number) for number in range(len(trees.leaves))]

    def locate(self, grey: Grey, corners: Points, side: int) -> Points:
        """The landmarks of a face, looked for from each of four squares.

        Args:
            grey: (h, w) the picture; outside of it, all is black.
            corners: (4, 2) the left upper corners of the squares.
            side: Their side in pixels.

        Returns:
            (4, 68, 2) in pixels of the picture.
        """
        # A frame of black, so that what lies outside is looked up as what lies inside.
        framed = np.pad(grey, 1)
        onto, scale = _complex(np.asarray(corners, np.float64)), side - 1
        shape = self._start
        for cascade in self._cascades:
            pixels = cascade.pixels(self._fit @ shape, shape) * scale + onto
            shape = shape + cascade.step(_looked_up(framed, pixels))
        return np.ascontiguousarray((shape * scale + onto).T).view(np.float64).reshape(-1, 68, 2)


class _Cascade:
    """One cascade of the trees, laid out so that each step is one operation on an array."""

    def __init__(self, trees: Trees, number: int) -> None:
        self._anchors = trees.anchors[number]
        self._offsets = _complex(trees.offsets[number])[:, None]
        self._first, self._second = trees.first[number], trees.second[number]
        self._limits = np.repeat(trees.limits[number][..., None], STARTS, axis=-1)
        leaves = trees.leaves[number]
        self._leaves = leaves.reshape(-1, leaves.shape[-1])
        #: The leaf on the right of all questions; the further left, the fewer are added.
        self._last = np.repeat(np.arange(len(leaves)) * LEAVES + LEAVES - 1, STARTS)

    def pixels(self, turn: Numbers, shape: Numbers) -> Numbers:
        """Where the pixels (p, 4) lie that are asked about."""
        return np.asarray(shape[self._anchors] + self._offsets * turn)

    def step(self, values: Grey) -> Numbers:
        """What the trees add to the shapes (68, 4), whose pixels have these values (p, 4)."""
        together = values.view(np.uint32)[:, 0]
        more, less = (
            together.take(asked).view(np.uint8).reshape(self._limits.shape).astype(np.int16)
            for asked in (self._first, self._second)
        )
        more -= less
        ways = (more > self._limits).reshape(len(self._limits), -1)
        rows = self._leaves.take(self._last - _leaf(ways), axis=0)
        sums = np.add.reduce(rows.reshape(-1, STARTS * rows.shape[1]), axis=0)
        return np.asarray(_complex(sums.reshape(STARTS, -1, 2)).T)


def _leaf(ways: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """How far left of the last leaf each way (15, n) ends, from 0 to 15."""
    at = np.zeros(ways.shape[1], np.uint8)
    passed: list[NDArray[np.bool_]] = []
    for depth in range(DEPTH):
        level = ways[2**depth - 1 : 2 ** (depth + 1) - 1]
        # Of the level's questions, the one that the answers above it lead to.
        for left in passed:
            level = np.where(left, *np.split(level, 2))
        passed.append(level[0])
        at = 2 * at + level[0]
    return at


def _looked_up(framed: Grey, places: Numbers) -> Grey:
    """The values of the pixels nearest to places (p, 4), of a picture with a frame of one."""
    height, width = framed.shape
    near = np.floor(places.view(np.float64).reshape(*places.shape, 2) + 1.5)
    near = np.clip(near, 0, (width - 1, height - 1), out=near)
    return np.asarray(framed.ravel().take((near @ (1, width)).astype(np.intp)), np.uint8)


def _complex(points: NDArray[np.float32] | NDArray[np.float64]) -> Numbers:
    """Points (..., 2) as numbers (...)."""
    return np.asarray(np.ascontiguousarray(points, np.float64).view(np.complex128)[..., 0])

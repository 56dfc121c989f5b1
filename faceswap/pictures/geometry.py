"""The mean face, similarity transforms to it and back, and the squares that crops are cut from.

Points are (x, y), float, in pixels with pixel centres at integers. A matrix is (2, 3) float64 and
maps column vectors (x, y, 1). Faces have 68 landmarks in the order of the iBUG 300-W mark-up:
0-16 jaw, 17-26 brows, 27-35 nose, 36-47 eyes, 48-67 mouth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]
Matrix = NDArray[np.float64]

#: The landmarks that say where a face is: all but the jaw, which moves with speech.
INNER = slice(17, 68)
#: Side of the square the network sees, in widths of the inner face. "face" reaches from the middle
#: of the forehead to a dropped chin; "head" takes hair and neck as well.
COVERAGE = {"face": 1.6, "head": 2.6}
#: Height of that square's centre below the top of the brows, in the same unit.
CENTRE = {"face": 0.55, "head": 0.42}
#: A crop on disk is this much wider than the square, so that training can turn and shift it
#: without running out of picture: a turn of 10 degrees alone needs 1.16.
MARGIN = 1.25

# Generalised Procrustes mean over 102 neutral adult faces and their mirror images, made
# symmetric; the unit is the width of the inner face, y grows downwards from the brows' top.
# fmt: off
MEAN_FACE: Points = np.array(
    [
        (-0.1022, 0.2515), (-0.0889, 0.4089), (-0.0638, 0.5619), (-0.0358, 0.7147),
        (0.0093, 0.8605), (0.0916, 0.9845), (0.2078, 1.0828), (0.3446, 1.1542),
        (0.5000, 1.1761), (0.6554, 1.1542), (0.7922, 1.0828), (0.9084, 0.9845),
        (0.9907, 0.8605), (1.0358, 0.7147), (1.0638, 0.5619), (1.0889, 0.4089),
        (1.1022, 0.2515), (0.0000, 0.1113), (0.0718, 0.0309), (0.1810, 0.0000),
        (0.2936, 0.0118), (0.4003, 0.0519), (0.5997, 0.0519), (0.7064, 0.0118),
        (0.8190, 0.0000), (0.9282, 0.0309), (1.0000, 0.1113), (0.5000, 0.1781),
        (0.5000, 0.2735), (0.5000, 0.3671), (0.5000, 0.4656), (0.3921, 0.5588),
        (0.4443, 0.5749), (0.5000, 0.5878), (0.5557, 0.5749), (0.6079, 0.5588),
        (0.1314, 0.2144), (0.1950, 0.1686), (0.2761, 0.1692), (0.3466, 0.2230),
        (0.2722, 0.2422), (0.1912, 0.2446), (0.6534, 0.2230), (0.7239, 0.1692),
        (0.8050, 0.1686), (0.8686, 0.2144), (0.8088, 0.2446), (0.7278, 0.2422),
        (0.2883, 0.7842), (0.3687, 0.7336), (0.4448, 0.7042), (0.5000, 0.7197),
        (0.5552, 0.7042), (0.6313, 0.7336), (0.7117, 0.7842), (0.6323, 0.8314),
        (0.5589, 0.8506), (0.5000, 0.8552), (0.4411, 0.8506), (0.3677, 0.8314),
        (0.3260, 0.7836), (0.4439, 0.7665), (0.5000, 0.7710), (0.5561, 0.7665),
        (0.6740, 0.7836), (0.5561, 0.7705), (0.5000, 0.7765), (0.4439, 0.7705),
    ]
)
# fmt: on
MEAN_FACE.setflags(write=False)


def similarity(points: ArrayLike, onto: ArrayLike) -> Matrix:
    """The turn, scale and shift that bring `points` nearest to `onto` in the least-squares sense.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
    1991, equations 40-43.

    Args:
        points: (n, 2).
        onto: (n, 2).

    Returns:
        (2, 3) matrix without reflection.

    Example:
        >>> matrix = similarity([[0, 0], [1, 0], [0, 1]], [[5, 5], [7, 5], [5, 7]])
        >>> transform([1, 1], matrix).round(6).tolist()
        [7.0, 7.0]
    """
    a, b = np.asarray(points, np.float64), np.asarray(onto, np.float64)
    mean_a, mean_b = a.mean(axis=0), b.mean(axis=0)
    a, b = a - mean_a, b - mean_b
    u, spread, vt = np.linalg.svd(b.T @ a)
    sign = np.array([1.0, np.sign(np.linalg.det(u @ vt)) or 1.0])
    turn = u @ np.diag(sign) @ vt
    scale = (spread * sign).sum() / max(float((a**2).sum()), 1e-12)
    return np.column_stack([scale * turn, mean_b - scale * turn @ mean_a])


def crop_matrix(
    landmarks: ArrayLike, size: int, coverage: str = "face", margin: float = MARGIN
) -> Matrix:
    """Frame to aligned crop: the inner landmarks laid on the mean face.

    Args:
        landmarks: (68, 2) in frame pixels.
        size: Side of the crop in pixels.
        coverage: A key of `COVERAGE`.
        margin: How much wider the crop is than the network's square; 1 gives the square itself.
    """
    side = COVERAGE[coverage] * margin
    corner = np.array([0.5, CENTRE[coverage]]) - side / 2
    seats = (MEAN_FACE[INNER] - corner) * (size / side) - 0.5
    return similarity(np.asarray(landmarks)[INNER], seats)


def centre_matrix(size: int, net_size: int) -> Matrix:
    """Crop of `size` pixels to the network's square of `net_size`: the middle, without margin."""
    scale = net_size * MARGIN / size
    shift = (net_size - 1) / 2 - scale * (size - 1) / 2
    return np.array([[scale, 0.0, shift], [0.0, scale, shift]])


def resized(side: int, other: int) -> Matrix:
    """From a square of `side` pixels to the same square with `other` pixels a side."""
    # Pixel centres are at integers, so the square's edge lies at -0.5.
    scale = other / side
    shift = (scale - 1) / 2
    return np.array([[scale, 0.0, shift], [0.0, scale, shift]])


def transform(points: ArrayLike, matrix: Matrix) -> Points:
    """Where `matrix` puts each of the (..., 2) points."""
    return np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]


def compose(second: Matrix, first: Matrix) -> Matrix:
    """The one matrix that does `first`, then `second`."""
    both = np.vstack([second, (0, 0, 1)]) @ np.vstack([first, (0, 0, 1)])
    return np.asarray(both[:2], np.float64)


def inverse(matrix: Matrix) -> Matrix:
    """The matrix that undoes `matrix`."""
    return np.linalg.inv(np.vstack([matrix, (0, 0, 1)]))[:2]


def scale_of(matrix: Matrix) -> float:
    """How many pixels after the matrix one pixel before it becomes."""
    return float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))

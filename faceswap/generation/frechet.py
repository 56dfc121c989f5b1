"""The Fréchet distance of two sets of numbers, and of faces by their principal components."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

#: Components that pictures are told by.
COMPONENTS = 64


def frechet(ours: Floats, theirs: Floats) -> float:
    """The squared Fréchet distance of the Gaussians fitted to two sets of numbers.

    Dowson and Landau, 1982: |m1 - m2|² + tr(S1 + S2 - 2 (S1 S2)^½). 0 where both have the same mean
    and covariance. Few rows make it larger: compare only what has as many.

    Args:
        ours: (n, d), at least two rows.
        theirs: (m, d).

    Example:
        >>> round(frechet(np.eye(3), np.eye(3) + 2.0), 6)
        12.0
    """
    means = [np.asarray(x, np.float64).mean(axis=0) for x in (ours, theirs)]
    spreads = [np.atleast_2d(np.cov(np.asarray(x, np.float64).T)) for x in (ours, theirs)]
    root = _root(spreads[0])
    # The eigenvalues of S1 S2 are those of the symmetric S1^½ S2 S1^½.
    both = np.sqrt(np.linalg.eigvalsh(root @ spreads[1] @ root).clip(0)).sum()
    apart = float(((means[0] - means[1]) ** 2).sum())
    return max(0.0, apart + float(np.trace(spreads[0]) + np.trace(spreads[1]) - 2 * both))


class PcaFrechet:
    """The Fréchet distance of faces from given ones, by the components of the given ones.

    It is no FID: no network that knows pictures is asked. In sums of squared shares of white over
    the picture, so it grows with the square of the side.

    Args:
        real: (n, s, s, 3) faces from 0 to 1.
        components: How many, at most; fewer faces have fewer.
    """

    def __init__(self, real: Floats, components: int = COMPONENTS) -> None:
        flat = _flat(real)
        self.mean = flat.mean(axis=0)
        self.axes = principal(flat - self.mean, components)[0]
        self._known = self.features(real)

    def features(self, faces: Floats) -> NDArray[np.float64]:
        """(n, k) the components of faces (n, s, s, 3)."""
        return np.asarray((_flat(faces) - self.mean) @ self.axes.T, np.float64)

    def __call__(self, faces: Floats) -> float:
        """The distance of faces (n, s, s, 3) from the given ones."""
        return frechet(self._known, self.features(faces))


def principal(centred: Floats, most: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The principal axes (k, d) of rows with mean 0, and the deviation along each, falling.

    By the smaller of the two products of the rows with themselves. No more than one fewer than
    there are rows.
    """
    rows, width = centred.shape
    count = max(1, min(most, rows - 1, width))
    if rows <= width:
        values, vectors = np.linalg.eigh(centred.astype(np.float64) @ centred.T)
        vectors = centred.T @ vectors[:, ::-1][:, :count]
    else:
        values, vectors = np.linalg.eigh(centred.astype(np.float64).T @ centred)
        vectors = vectors[:, ::-1][:, :count]
    lengths = np.linalg.norm(vectors, axis=0).clip(1e-12)
    deviations = np.sqrt(values[::-1][:count].clip(0) / max(1, rows - 1))
    return np.asarray((vectors / lengths).T, np.float32), deviations


def _root(spread: NDArray[np.float64]) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(spread)
    return np.asarray((vectors * np.sqrt(values.clip(0))) @ vectors.T, np.float64)


def _flat(faces: Floats) -> NDArray[np.float32]:
    return np.asarray(faces, np.float32).reshape(len(faces), -1)

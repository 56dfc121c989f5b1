"""Warps that a network learns to undo: where each point of its input lies in the crop.

Places are complex numbers, x + iy, in coordinates where the network's square is -1 to 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Places = NDArray[np.complex128]
Points = NDArray[np.float64]

#: What `--warp-kind` takes.
KINDS = ("classic", "multigrid", "landmarks")

#: Points along each side of the classic grid.
GRID = 5
#: Standard deviation of a grid point's jitter, in widths of the square: the classic 5 of 160 px.
JITTER = 5 / 160

#: Points along each side of the grids of `multigrid`, one of them an example; a finer one holds
#: all points of a coarser.
GRIDS = (3, 5, 9)
#: A point moves by at most this part of a cell; by less than a half, nothing folds.
REACH = 0.24
#: Where the normal distribution of its moves is cut off, in standard deviations.
CUT = 2.5

#: Points along each side of the grid that `guided` is evaluated at, and how far it may miss a
#: landmark where two of them would pull it apart: at 0.01 landmarks come to within half a pixel of
#: 128 at the mean, and of 64 real pairs of faces none folds.
FINE, SLACK = 17, 0.01
#: What stays where it is: points along the edge of the crop, at so many widths from its centre.
EDGE, ANCHORS = 1.25, 5


def regular(points: int) -> Places:
    """The (points, points) grid over the square, unmoved."""
    along = np.linspace(-1, 1, points)
    return along[None, :] + 1j * along[:, None]


def classic(random: np.random.Generator, count: int, strength: float) -> Places:
    """(count, 5, 5): each point jittered alike, those at the edge too."""
    noise = random.standard_normal((2, count, GRID, GRID)) * (2 * JITTER * strength)
    return np.asarray(regular(GRID) + noise[0] + 1j * noise[1])


def multigrid(random: np.random.Generator, count: int, strength: float) -> Places:
    """(count, 9, 9): cells of a half, a quarter or an eighth of the square, the edge held.

    The warp of DeepFaceLab's SAEHD: large bends in some examples, small ones in others.
    """
    finest = GRIDS[-1]
    low = ndtr(-CUT)
    drawn = ndtri(random.uniform(low, 1 - low, (2, count, finest, finest))) / CUT
    moves = drawn[0] + 1j * drawn[1]
    kinds = random.integers(len(GRIDS), size=count)
    warped = np.broadcast_to(regular(finest), moves.shape).copy()
    for kind, points in enumerate(GRIDS):
        every = (finest - 1) // (points - 1)
        shift = moves[kinds == kind, ::every, ::every] * (strength * REACH * 2 / (points - 1))
        shift[:, [0, -1]] = shift[:, :, [0, -1]] = 0
        between = _between(points, finest)
        warped[kinds == kind] += between @ shift @ between.T
    return warped


def guided(points: Points, goals: Points, seats: Places, strength: float) -> Places:
    """Where the points at `seats` come from if landmarks come to lie at others.

    A thin plate spline that gives way a little (Wahba, "Spline models for observational data",
    1990), so that it bends where landmarks are near to each other, and does not fold.

    Args:
        points: (n, 68, 2) where a face's landmarks are.
        goals: (n, 68, 2) where they are to be.
        seats: (n, g, g) the places that are asked for.
        strength: Of the way, from 0 to 1 and beyond.
    """
    edge = np.array([(p.real, p.imag) for p in _ring()])
    still = np.broadcast_to(edge, (len(points), *edge.shape))
    knots = np.concatenate([goals, still], axis=1)
    shifts = np.concatenate([points - goals, np.zeros_like(still)], axis=1)
    flat = seats.reshape(len(seats), -1)
    places = np.stack([flat.real, flat.imag], axis=-1)
    shift = _splined(knots, shifts, places) * strength
    return seats + (shift[..., 0] + 1j * shift[..., 1]).reshape(seats.shape)


def nearest_similarity(warped: Places) -> tuple[Places, Places]:
    """Factor and summand of the similarity that is nearest to a warp (Umeyama), (n,) each."""
    # The fit of warped onto regular, in the plane one complex division, then its inverse.
    middle = warped.mean(axis=(1, 2))
    centred = warped - middle[:, None, None]
    fit = (centred.conj() * regular(warped.shape[-1])).sum(axis=(1, 2))
    fit /= (np.abs(centred) ** 2).sum(axis=(1, 2))
    return 1 / fit, middle


def _between(points: int, finer: int) -> Points:
    """(finer, points) weights that lay a grid's points out to a finer grid's."""
    place = np.linspace(0, points - 1, finer)
    return np.asarray(np.maximum(0, 1 - np.abs(place[:, None] - np.arange(points))))


def _ring() -> Places:
    grid = regular(ANCHORS)
    outer = np.maximum(np.abs(grid.real), np.abs(grid.imag)) == 1
    return np.asarray(EDGE * grid[outer])


def _splined(knots: Points, values: Points, places: Points) -> Points:
    """(n, k, 2) of the splines that have these values (n, m, 2) at these knots (n, m, 2)."""
    count, many, _ = knots.shape
    system = np.zeros((count, many + 3, many + 3))
    system[:, :many, :many] = _bending(knots, knots) + SLACK * np.eye(many)
    system[:, :many, many] = 1
    system[:, :many, many + 1 :] = knots
    system[:, many:, :many] = system[:, :many, many:].swapaxes(1, 2)
    given = np.concatenate([values, np.zeros((count, 3, 2))], axis=1)
    found = np.linalg.solve(system, given)
    flat = found[:, many : many + 1] + places @ found[:, many + 1 :]
    return np.asarray(_bending(places, knots) @ found[:, :many] + flat)


def _bending(places: Points, knots: Points) -> Points:
    # r² log r² of all distances; the squares' sum is cheaper by a product than by differences.
    squares = (places**2).sum(-1)[:, :, None] + (knots**2).sum(-1)[:, None]
    squares -= 2 * places @ knots.swapaxes(1, 2)
    squares = squares.clip(1e-12)
    return np.asarray(squares * np.log(squares))

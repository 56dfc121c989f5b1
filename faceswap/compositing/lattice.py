"""A map of colours given by its shifts at the nodes of a coarse lattice."""

from __future__ import annotations

from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
Weights = tuple[NDArray[np.intp], Rows]

#: Nodes along lightness and both colour axes of CIELAB, and the cube they lie on.
SHAPE = (6, 5, 5)
LOW = np.array([0.0, -48.0, -48.0])
STEP = np.array([20.0, 24.0, 24.0])
NODES = SHAPE[0] * SHAPE[1] * SHAPE[2]
#: How stiff the lattice is, in units of the share of colours that it is fitted to: shifts bend
#: only where many colours ask for it, and go on straight where there are none.
STIFFNESS = 0.003
#: Keeps the lattice where neither colours nor stiffness say anything.
_HOLD = 1e-6


def fitted(colours: Rows, shifts: Rows) -> Rows:
    """The shifts at the nodes, (NODES, 3), that bring each colour by its own, smoothly.

    Args:
        colours: (n, 3) CIELAB.
        shifts: (n, 3), where each of them wants to go.
    """
    nodes, parts = _seats(colours)
    spread = np.zeros((len(colours), NODES))
    np.put_along_axis(spread, nodes, parts, axis=1)
    system = spread.T @ spread / len(colours) + STIFFNESS * _bending() + _HOLD * np.eye(NODES)
    mean = shifts.mean(axis=0)
    return np.asarray(np.linalg.solve(system, spread.T @ (shifts - mean) / len(colours)) + mean)


def moved(lab: NDArray[np.float32], shifts: NDArray[np.float32]) -> NDArray[np.float32]:
    """The (..., 3) CIELAB colours, shifted by what lies between the nodes' shifts, (NODES, 3)."""
    nodes, parts = _seats(lab.reshape(-1, 3))
    shift = np.einsum("nk,nkc->nc", parts, shifts[nodes])
    return np.asarray(lab + shift.reshape(lab.shape), np.float32)


def _seats(colours: NDArray[np.floating]) -> Weights:
    """The eight nodes around each of the (n, 3) colours, and the share of each: (n, 8) both."""
    shape = np.array(SHAPE)
    place = ((colours - LOW) / STEP).clip(0, shape - 1.0001)
    low = place.astype(np.intp)
    rest = place - low
    nodes, parts = [], []
    for corner in product((0, 1), repeat=3):
        at = low + corner
        nodes.append((at[:, 0] * SHAPE[1] + at[:, 1]) * SHAPE[2] + at[:, 2])
        parts.append(np.prod(np.where(corner, rest, 1 - rest), axis=1))
    return np.stack(nodes, axis=1), np.stack(parts, axis=1)


@cache
def _bending() -> Rows:
    """The sum of the lattice's squared second differences, as a quadratic form."""
    grid = np.arange(NODES).reshape(SHAPE)
    total = np.zeros((NODES, NODES))
    for axis in range(3):
        lines = np.moveaxis(grid, axis, 0)
        before, here, after = (part.ravel() for part in (lines[:-2], lines[1:-1], lines[2:]))
        rows = np.zeros((len(here), NODES))
        at = np.arange(len(here))
        rows[at, before], rows[at, here], rows[at, after] = 1, -2, 1
        total += rows.T @ rows
    return total

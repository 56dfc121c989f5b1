"""Random changes of a batch of crops: turn, zoom, shift, flip, the classic warp, colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

#: Points along each side of the grid whose jitter warps a face.
GRID = 5
#: Standard deviation of a grid point's jitter, in widths of the square: the classic 5 of 160 px.
JITTER = 5 / 160


@dataclass(frozen=True)
class Changes:
    """What happens to each of n crops, in coordinates where the network's square is -1 to 1.

    Attributes:
        grids: (n, 2, 5, 5) x and y in the crop of each grid point of the network's input.
        matrices: (n, 2, 3) from the network's target picture into the crop.
        tables: (n, 256, 3) uint8 new value of each channel's old value, or None for no change.
    """

    grids: Floats
    matrices: Floats
    tables: NDArray[np.uint8] | None


@dataclass(frozen=True)
class Augment:
    """How much a training example may be changed.

    Attributes:
        rotation: Largest turn in degrees.
        zoom: Largest change of size, as a part of 1.
        shift: Largest move, in widths of the network's square.
        warp: Strength of the warp that the network learns to undo; 1 is the classic one.
        flip: Whether half of the examples are mirrored.
        color: Largest change of a channel's gain and, by half of it, offset; 0 for none.
    """

    rotation: float = 10.0
    zoom: float = 0.05
    shift: float = 0.05
    warp: float = 1.0
    flip: bool = True
    color: float = 0.1

    def draw(self, random: np.random.Generator, count: int) -> Changes:
        """The changes of `count` examples, drawn at once.

        Input and target of an example share turn, zoom, shift, flip and colour. The input is warped
        on top, and the target is what the similarity nearest to the warp (Umeyama) shows, so that
        the network has the bending to undo and not the mean move of it.
        """
        turn, move = self._similarities(random, count)
        mirror = np.where(random.random(count) < 0.5 * self.flip, -1.0, 1.0)
        regular = _regular_grid()
        noise = random.standard_normal((2, count, GRID, GRID)) * (2 * JITTER * self.warp)
        warped = regular + noise[0] + 1j * noise[1]
        scale, offset = _nearest_similarity(regular, warped)
        grids = turn[:, None, None] * warped + move[:, None, None]
        matrices = _matrices(turn * scale, turn * offset + move)
        matrices[:, 0] *= mirror[:, None]
        xy = np.stack([grids.real * mirror[:, None, None], grids.imag], axis=1)
        return Changes(
            xy.astype(np.float32), matrices.astype(np.float32), self._tables(random, count)
        )

    def _similarities(
        self, random: np.random.Generator, count: int
    ) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        # A similarity of the plane is a complex factor and a complex summand.
        spread = random.uniform(-1, 1, (4, count))
        angle = np.deg2rad(self.rotation) * spread[0]
        factor = np.exp(1j * angle) * (1 + self.zoom * spread[1])
        return factor, 2 * self.shift * (spread[2] + 1j * spread[3])

    def _tables(self, random: np.random.Generator, count: int) -> NDArray[np.uint8] | None:
        # Half of a change is common to the channels (light), half is each one's own (tint).
        spread = random.uniform(-1, 1, (2, count, 1, 4))
        if not self.color:
            return None
        spread = (spread[..., :1] + spread[..., 1:]) / 2 * self.color
        value = np.linspace(0, 1, 256)[None, :, None]
        curves = value * (1 + spread[0]) + spread[1] / 2
        return np.asarray(curves.clip(0, 1) * 255 + 0.5, np.uint8)


def spread_matrix(size: int) -> Floats:
    """(size, 5) weights that lay the grid's points out to `size` pixels, linearly between them."""
    place = ((np.arange(size) + 0.5) / size) * (GRID - 1)
    weights = np.maximum(0, 1 - np.abs(place[:, None] - np.arange(GRID)))
    return np.asarray(weights, np.float32)


def _regular_grid() -> NDArray[np.complex128]:
    along = np.linspace(-1, 1, GRID)
    return along[None, :] + 1j * along[:, None]


def _nearest_similarity(
    regular: NDArray[np.complex128], warped: NDArray[np.complex128]
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    # Umeyama's fit of warped onto regular (in the plane one complex division), then its inverse.
    middle = warped.mean(axis=(1, 2))
    centred = warped - middle[:, None, None]
    fit = (centred.conj() * regular).sum(axis=(1, 2)) / (np.abs(centred) ** 2).sum(axis=(1, 2))
    return 1 / fit, middle


def _matrices(
    factor: NDArray[np.complex128], summand: NDArray[np.complex128]
) -> NDArray[np.float64]:
    rows = [[factor.real, -factor.imag, summand.real], [factor.imag, factor.real, summand.imag]]
    return np.moveaxis(np.array(rows), -1, 0)

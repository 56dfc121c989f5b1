"""Random changes of a batch of crops: turn, zoom, shift, flip, warp, colour; light and dirt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from faceswap.data import warps
from faceswap.data.changes import Changes, Floats, Image, reduced
from faceswap.data.degrade import Degrade
from faceswap.data.relight import Relight
from faceswap.data.warps import Places, Points

#: Landmarks (n, 68, 2) of the faces, and where `landmarks` brings them.
Guides = tuple[Points, Points]


@dataclass(frozen=True)
class Augment:
    """How much a training example may be changed.

    Attributes:
        rotation: Largest turn in degrees.
        zoom: Largest change of size, as a part of 1.
        shift: Largest move, in widths of the network's square.
        warp: Strength of the warp that the network learns to undo; 1 is the usual one.
        flip: Whether half of the examples are mirrored.
        color: Largest change of a channel's gain and, by half of it, offset; 0 for none.
        kind: Which warp, one of `warps.KINDS`.
        relight: What else befalls the light on a face.
        degrade: What befalls the picture that the network is given, and it alone.
    """

    rotation: float = 10.0
    zoom: float = 0.05
    shift: float = 0.05
    warp: float = 1.0
    flip: bool = True
    color: float = 0.1
    kind: str = "classic"
    relight: Relight = field(default_factory=Relight)
    degrade: Degrade = field(default_factory=Degrade)

    def draw(
        self, random: np.random.Generator, count: int, guides: Guides | None = None
    ) -> Changes:
        """The changes of `count` examples, drawn at once.

        Input and target of an example share turn, zoom, shift, flip and colour; the input is warped
        on top.

        Args:
            random: Where the numbers come from.
            count: How many.
            guides: What the warp `landmarks` goes by.
        """
        turn, move = self._similarities(random, count)
        mirror = np.where(random.random(count) < 0.5 * self.flip, -1.0, 1.0)
        warped, scale, offset = self._warped(random, turn, move, guides, mirror)
        grids = turn[:, None, None] * warped + move[:, None, None]
        matrices = _matrices(turn * scale, turn * offset + move)
        matrices[:, 0] *= mirror[:, None]
        xy = np.stack([grids.real * mirror[:, None, None], grids.imag], axis=1)
        return Changes(
            xy.astype(np.float32), matrices.astype(np.float32), self._tables(random, count)
        )

    def _similarities(self, random: np.random.Generator, count: int) -> tuple[Places, Places]:
        # A similarity of the plane is a complex factor and a complex summand.
        spread = random.uniform(-1, 1, (4, count))
        angle = np.deg2rad(self.rotation) * spread[0]
        factor = np.exp(1j * angle) * (1 + self.zoom * spread[1])
        return factor, 2 * self.shift * (spread[2] + 1j * spread[3])

    def _warped(
        self,
        random: np.random.Generator,
        turn: Places,
        move: Places,
        guides: Guides | None,
        mirror: Points,
    ) -> tuple[Places, Places, Places]:
        """The grid, and the similarity by which the target goes along with it.

        Of the classic warp, whose edge moves too, the target shows what the similarity nearest to
        the warp (Umeyama) does, so that the network has the bending to undo and not the mean move.
        """
        count = len(turn)
        if self.kind == "classic":
            warped = warps.classic(random, count, self.warp)
            return warped, *warps.nearest_similarity(warped)
        still = np.ones(count, np.complex128), np.zeros(count, np.complex128)
        if self.kind == "multigrid":
            return warps.multigrid(random, count, self.warp), *still
        assert guides is not None, "the warp `landmarks` goes by landmarks"
        factor, summand = turn[:, None, None], move[:, None, None]
        # Landmarks lie in the crop, so the crop is bent before it is turned.
        places = factor * warps.regular(warps.FINE) + summand
        across = np.stack([mirror, np.ones(count)], axis=1)[:, None]
        points, goals = (given * across for given in guides)
        return (warps.guided(points, goals, places, self.warp) - summand) / factor, *still

    def _tables(self, random: np.random.Generator, count: int) -> NDArray[np.uint8] | None:
        # Half of a change is common to the channels (light), half is each one's own (tint).
        spread = random.uniform(-1, 1, (2, count, 1, 4))
        if not self.color:
            return None
        spread = (spread[..., :1] + spread[..., 1:]) / 2 * self.color
        value = np.linspace(0, 1, 256)[None, :, None]
        curves = value * (1 + spread[0]) + spread[1] / 2
        return np.asarray(curves.clip(0, 1) * 255 + 0.5, np.uint8)


def unchanged(crops: Image, places: Sequence[int] | NDArray[np.intp], size: int) -> Floats:
    """The crops at these places, unchanged, as a network of `size` pixels sees them.

    Returns:
        (n, size, size, 3) float32 from 0 to 1.
    """
    still = Augment(rotation=0, zoom=0, shift=0, warp=0, flip=False, color=0)
    changes = still.draw(np.random.default_rng(0), len(places))
    pictures = [reduced(crops[place], size) for place in places]
    return np.float32(1 / 255) * changes.targets(pictures, size)


def _matrices(factor: Places, summand: Places) -> NDArray[np.float64]:
    rows = [[factor.real, -factor.imag, summand.real], [factor.imag, factor.real, summand.imag]]
    return np.moveaxis(np.array(rows), -1, 0)

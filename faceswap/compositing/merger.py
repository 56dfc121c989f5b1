"""Swapped faces as patches for their frames: colours, masks and faces steadied over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap import clock
from faceswap.alignment import temporal
from faceswap.alignment.calm import Drawn, calmed
from faceswap.alignment.crops import Crop
from faceswap.compositing import color
from faceswap.compositing.blending import Blend
from faceswap.compositing.edge_tone import toned
from faceswap.compositing.looks import Look
from faceswap.compositing.masks import SIDE
from faceswap.compositing.swapped import SwappedFolder
from faceswap.films.paste import Patch
from faceswap.films.shown import Picture
from faceswap.pictures.geometry import compose, resized
from faceswap.pictures.levels import shares
from faceswap.storage.rows import Rows

Plane = NDArray[np.float32]

#: Deviation in frames by which the numbers of a colour transfer are smoothed, and masks are.
COLOURS, MASKS = 6.0, 1.0
#: Faces before and after a face whose masks count for its own.
_NEAR = 2
_THREADS = 2
#: Faces whose masks are kept while they are worked on.
_KEPT = 16


class Merger:
    """What becomes of each face of a folder in its frame.

    Args:
        folder: What `convert` left.
        general: How the faces look.
        shots: How those of some shots look.
        steady: How strongly they are steadied over time; 0: not at all.
    """

    def __init__(
        self, folder: SwappedFolder, general: Look, shots: Mapping[int, Look], steady: float = 1.0
    ) -> None:
        self.folder = folder
        self.general = general
        self.shots = shots
        self.steady = steady
        self._runs = folder.runs()
        self._beside = _neighbours(self._runs, len(folder))
        self._numbers: list[color.Numbers] = []
        # Asked for again for each opacity of a face.
        self._known = lru_cache(_KEPT)(self._masks)

    def look(self, crop: Crop) -> Look:
        """How a face looks: as its shot does, or as all."""
        return self.shots.get(crop.shot, self.general)

    def measure(self) -> None:
        """Learn the colours of all faces, and steady them along each track."""
        frames = np.empty(len(self.folder), np.int64)
        with ThreadPoolExecutor(_THREADS) as pool:
            found: list[color.Numbers] = []
            for block in _blocks(self.folder.crops()):
                for row, crop in block:
                    frames[row] = crop.frame
                found += pool.map(self._measured, *zip(*block, strict=True))
        for run in self._runs:
            # A run lies in one shot, so it has one look, and its numbers have one length.
            series = np.stack([found[row] for row in run])
            if series.shape[1]:
                none = np.zeros(len(run), bool)
                series = temporal.smooth(series, frames[run], none, COLOURS * self.steady)
            for row, numbers in zip(run, series, strict=True):
                found[row] = numbers
        self._numbers = found

    @property
    def unlearnt(self) -> bool:
        """Whether the model drew masks, and not one of them is fit to bound its face."""
        found = False
        for row, crop in self.folder.crops():
            learned, edge = self.folder.masks.read(row, row + 1)[0], self.look(crop).edge
            if not edge.asks(learned) or self.folder.drawn(crop) is not None:
                continue
            if edge.takes(crop.crop_points, learned):
                return False
            found = True
        return found

    def faces(self) -> Iterator[tuple[int, Crop, Plane]]:
        """Each face's row, record and picture, (s, s, 3) in [0, 1], steadied over time."""
        drawn = (
            Drawn(crop.frame, (crop.track, crop.shot), self.folder.faces.read(row, row + 1)[0])
            for row, crop in self.folder.crops()
        )
        pictures = (
            calmed(drawn, self.steady) if self.steady else (shares(one.face) for one in drawn)
        )
        for (row, crop), picture in zip(self.folder.crops(), pictures, strict=True):
            yield row, crop, picture

    def patch(
        self, frame: Picture, row: int, crop: Crop, face: Plane, alpha: Plane
    ) -> Patch | None:
        """What a face changes in its frame.

        Args:
            frame: The picture, in display orientation.
            row: The face's.
            crop: Its record.
            face: (s, s, 3) as `faces` gives it.
            alpha: What `alpha` gives.
        """
        look = self.look(crop)
        numbers = self._numbers[row] if self._numbers else self._measured(row, crop)
        coloured = color.apply(look.color, face, numbers)
        if look.tone_edge:
            wide = replace(look, feather=look.tone_edge)
            opacity, inner = self._alphas(row, crop, (look, wide), len(face))
            coloured = toned(coloured, self._share(self.folder.targets, row), opacity, 1 - inner)
        blend = Blend(look.blend, look.detail, look.grain)
        return blend.patch(frame, coloured, alpha, crop.from_frame)

    def alpha(self, row: int, crop: Crop, side: int = SIDE) -> Plane:
        """The opacity of a face over its square, (side, side) in [0, 1]."""
        return self._alphas(row, crop, (self.look(crop),), side)[0]

    def _alphas(self, row: int, crop: Crop, looks: Sequence[Look], side: int) -> list[Plane]:
        """The opacity in each of the looks; what is known of the masks is read once."""
        points, edges = crop.crop_points, [look.edge for look in looks]
        picture = self.folder.drawn(crop)
        if picture is not None:
            return [edge.drawn(points, self.folder.size, picture, side) for edge in edges]
        learned, before = self._known(row)
        return [edge.alpha(points, learned, before, side) for edge in edges]

    def _measured(self, row: int, crop: Crop) -> color.Numbers:
        look = self.look(crop)
        with clock.part("blend"):
            face, target = (self._share(a, row) for a in (self.folder.faces, self.folder.targets))
            return color.measure(look.color, face, target, self.alpha(row, crop, self.folder.size))

    @staticmethod
    def _share(rows: Rows, row: int) -> Plane:
        """A row of pictures in [0, 1]."""
        return shares(rows.read(row, row + 1)[0])

    def _masks(self, row: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """What is known of a face's mask: learned, and before it; both steadied."""
        return self._near(self.folder.masks, row), self._near(self.folder.occlusion, row)

    def _near(self, rows: Rows, row: int) -> NDArray[np.uint8]:
        """A row of masks, with those of the same face in the frames around it."""
        own: NDArray[np.uint8] = rows.read(row, row + 1)[0]
        width = MASKS * self.steady
        if not width:
            return own
        total, weights = np.zeros(own.shape, np.float32), 0.0
        for away, other in self._around(row):
            weight = float(np.exp(-0.5 * (away / width) ** 2))
            mask = own if other == row else rows.read(other, other + 1)[0]
            total += np.float32(weight) * mask
            weights += weight
        return np.asarray(np.round(total / np.float32(weights)), np.uint8)

    def _around(self, row: int) -> Iterator[tuple[int, int]]:
        yield 0, row
        for direction in (0, 1):
            other = row
            for away in range(1, _NEAR + 1):
                other = int(self._beside[direction, other])
                if other < 0:
                    break
                yield away, other


def in_frame(alpha: Plane, crop: Crop, size: int, shape: tuple[int, int]) -> Plane:
    """An opacity as it lies in its frame of `shape` (height, width); `size`: of its square."""
    onto = compose(resized(size, alpha.shape[0]), crop.from_frame)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(alpha, onto, (shape[1], shape[0]), flags=flags), np.float32)


def _neighbours(runs: list[NDArray[np.int64]], count: int) -> NDArray[np.int64]:
    """The row before and after each in its run, (2, n); -1 at its ends."""
    beside = np.full((2, count), -1, np.int64)
    for run in runs:
        beside[0, run[1:]] = run[:-1]
        beside[1, run[:-1]] = run[1:]
    return beside


def _blocks(
    crops: Iterator[tuple[int, Crop]], length: int = 256
) -> Iterator[list[tuple[int, Crop]]]:
    block: list[tuple[int, Crop]] = []
    for one in crops:
        block.append(one)
        if len(block) == length:
            yield block
            block = []
    if block:
        yield block

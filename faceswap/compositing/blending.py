"""A new face put back into its frame: only the face's own region is ever computed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.compositing.detail import matched
from faceswap.films.paste import Patch
from faceswap.films.shown import Picture
from faceswap.pictures.geometry import Matrix, compose, inverse, resized, scale_of, transform

Plane = NDArray[np.float32]
Box = tuple[int, int, int, int]

#: The ways to do it, in the order they are offered.
BLENDS = ("feather", "pyramid", "poisson")
#: Boxes begin at multiples of this, so that halving them meets the same pixels in each frame.
_GRID = 8
#: Octaves of `pyramid`: its widest edge is 32 pixels, a twelfth of a face of 400.
_OCTAVES = 4
#: The larger side of a box that `poisson` is solved in. What it adds is smooth, so that half of
#: the pixels tell as much in a quarter of the time.
_SOLVED = 160
#: `pyramid` and `poisson` bring what is more opaque than this; below, they fade into the frame.
_RIM = 0.25
#: Pixels around what is cloned: seamlessClone wants an edge on all sides, at a frame's border too.
_ROOM = 4
#: Octaves and clones are no smaller than this.
_SMALLEST = 8


@dataclass(frozen=True)
class Blend:
    """How a new face is put into the old one's place.

    Attributes:
        how: `feather` mixes by the opacity; `pyramid` mixes each octave over an edge as wide as
            itself (Burt and Adelson, 1983); `poisson` shifts the new face smoothly to the old
            one's colours all along its edge (Pérez, Gangnet and Blake, 2003).
        detail: How far the new face's blur is brought to the old one's, 0 to 1.
        grain: How much of the old face's noise the new one gets, 0 to 1.
    """

    how: str = "feather"
    detail: float = 1.0
    grain: float = 1.0

    def patch(self, frame: Picture, face: Plane, alpha: Plane, matrix: Matrix) -> Patch | None:
        """The changed region of a frame, or None where the face lies outside of it.

        Args:
            frame: The picture.
            face: (s, s, 3) RGB in [0, 1], its colours brought to the old face's.
            alpha: (a, a) opacity in [0, 1] over the same square, of any side.
            matrix: Frame to the square of side s.
        """
        onto = compose(resized(face.shape[0], alpha.shape[0]), matrix)
        box = _box(alpha, onto, frame.shape[:2])
        if box is None:
            return None
        left, top, right, bottom = box
        opacity = _bring(alpha, onto, box, cv2.BORDER_CONSTANT, 4)
        new = _bring(face, matrix, box, cv2.BORDER_REPLICATE, 2)
        old = frame[top:bottom, left:right].astype(np.float32) * np.float32(1 / 255)
        if self.detail or self.grain:
            new = matched(new, old, opacity, self.detail, self.grain)
        mixed = _MIXES[self.how](old, np.clip(new, 0, 1, out=new), opacity)
        rgb = cv2.convertScaleAbs(mixed, alpha=255)
        return Patch(left, top, np.asarray(rgb, np.uint8), (opacity > 0).astype(np.uint8) * 255)


def _feathered(old: Plane, new: Plane, alpha: Plane) -> Plane:
    mixed = cv2.subtract(new, old)
    # Broadcasting over three channels takes twice as long.
    mixed *= cv2.merge([alpha, alpha, alpha])
    mixed += old
    return np.asarray(mixed, np.float32)


def _by_octaves(old: Plane, new: Plane, alpha: Plane) -> Plane:
    """Each octave of the difference faded over an edge as wide as the octave's pixels."""
    wanted = int(np.log2(max(min(alpha.shape) / _SMALLEST, 1)))
    sizes, parts = [], []
    rest, mask = new - old, ((alpha - 0.5) * 4 + 0.5).clip(0, 1)
    for _ in range(min(wanted, _OCTAVES)):
        sizes.append(rest.shape[1::-1])
        smaller = np.asarray(cv2.pyrDown(rest), np.float32)
        parts.append((rest - cv2.pyrUp(smaller, dstsize=sizes[-1])) * mask[..., None])
        rest, mask = smaller, np.asarray(cv2.pyrDown(mask), np.float32)
    change = rest * mask[..., None]
    for size, part in zip(sizes[::-1], parts[::-1], strict=True):
        change = cv2.pyrUp(change, dstsize=size) + part
    return _feathered(old, (old + change).clip(0, 1), (alpha / _RIM).clip(0, 1))


def _by_poisson(old: Plane, new: Plane, alpha: Plane) -> Plane:
    """The new face's gradients between the old one's edges, mixed in where it is opaque."""
    scale = min(1.0, _SOLVED / max(alpha.shape))
    size = (max(2, round(alpha.shape[1] * scale)), max(2, round(alpha.shape[0] * scale)))
    small, before, mask = (
        cv2.resize(i, size, None, 0, 0, cv2.INTER_AREA) for i in (new, old, alpha)
    )
    cloned = _cloned(small, before, np.asarray(mask > _RIM, np.uint8) * 255)
    if cloned is None:
        return _feathered(old, new, alpha)
    # Eight bits are too few for so smooth a thing: its steps would be seen.
    shift = cv2.GaussianBlur(cloned - small, (0, 0), 1.5)
    shift = cv2.resize(shift, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return _feathered(old, (new + shift).clip(0, 1), ((alpha - _RIM) / (2 * _RIM)).clip(0, 1))


def _cloned(new: Plane, old: Plane, mask: NDArray[np.uint8]) -> Plane | None:
    """`new` under the mask with the colours of `old` at its edge; None where there is no inside."""
    x, y, width, height = cv2.boundingRect(mask)
    if min(width, height) < _SMALLEST:
        return None
    edge = (_ROOM,) * 4
    faces = (cv2.convertScaleAbs(image.clip(0, 1), alpha=255) for image in (new, old))
    new8, old8 = (cv2.copyMakeBorder(image, *edge, cv2.BORDER_REPLICATE) for image in faces)
    room = cv2.copyMakeBorder(mask, *edge, cv2.BORDER_CONSTANT, value=0)
    # seamlessClone lays the middle of the mask's own rectangle onto the centre. Any other point,
    # such as the face's, moves the picture by a pixel whenever that rectangle grows by one.
    centre = (x + _ROOM + width // 2, y + _ROOM + height // 2)
    cloned = cv2.seamlessClone(new8, old8, room, centre, cv2.NORMAL_CLONE)
    inner = cloned[_ROOM:-_ROOM, _ROOM:-_ROOM].astype(np.float32)
    return np.asarray(inner * np.float32(1 / 255), np.float32)


_MIXES = {"feather": _feathered, "pyramid": _by_octaves, "poisson": _by_poisson}


def _box(alpha: Plane, onto: Matrix, shape: tuple[int, ...]) -> Box | None:
    """Left, top, right, bottom of the part of the frame that alpha reaches, on the grid."""
    x, y, width, height = cv2.boundingRect((alpha > 0).astype(np.uint8))
    if not width:
        return None
    corners = [(u, v) for u in (x - 1, x + width) for v in (y - 1, y + height)]
    square = transform(corners, inverse(onto))
    limits = [shape[1], shape[0]]
    low = np.maximum(np.floor(square.min(axis=0) / _GRID) * _GRID, 0)
    high = np.minimum(np.ceil((square.max(axis=0) + 1) / _GRID) * _GRID, limits)
    left, top, right, bottom = np.concatenate([low, high]).astype(int).tolist()
    return (left, top, right, bottom) if right - left > 2 and bottom - top > 2 else None


def _bring(image: Plane, onto: Matrix, box: Box, border: int, step: int) -> Plane:
    """The image as it lies in a box of the frame; `onto` maps frame to image."""
    side = image.shape[0]
    # A cubic resize to `step` pixels of the frame each and a linear warp take a third of a cubic
    # warp's time, and step over no pixel where the image shrinks.
    scale = 1 / scale_of(onto)
    other = max(4, round(side * (np.ceil(scale / step) if scale > 1 else scale)))
    kernel = cv2.INTER_CUBIC if other > side else cv2.INTER_AREA
    image = np.asarray(cv2.resize(image, (other, other), interpolation=kernel), np.float32)
    left, top, right, bottom = box
    moved = compose(compose(resized(side, other), onto), np.array([[1.0, 0, left], [0, 1, top]]))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (right - left, bottom - top)
    seen: Plane = cv2.warpAffine(image, moved, size, flags=flags, borderMode=border)
    return seen

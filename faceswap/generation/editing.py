"""Editing: a change of a face, made in its square by a model, laid over the frame it is from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.alignment.crops import Crop
from faceswap.films.footage import footage
from faceswap.films.frame_index import Clip, FrameIndex
from faceswap.films.paste import Patch
from faceswap.films.shown import Picture, Shown
from faceswap.model import Faces
from faceswap.networks.layers import oval
from faceswap.pictures.geometry import centre_matrix, compose, inverse, transform
from faceswap.workspace import Workspace
from faceswap.writing.image_writer import ImageWriter
from faceswap.writing.writer import FrameWriter, container_for

Change = NDArray[np.float32]
#: A pixel changes where it does by at least half a grey level.
LEAST = 0.5


def change(model: Any, net: Any, faces: Faces, way: NDArray[np.float32], amount: float) -> Change:
    """What going along a way changes of faces: the difference of two drawn ones.

    Added to a face itself it leaves its skin, hair and light, which no small model draws.

    Args:
        model: A model that `Encodes`.
        net: Its network.
        faces: (n, s, s, 3) from 0 to 1.
        way: (...) latents for an amount of 1.
        amount: How far.
    """
    latents = model.encode(net, faces)
    drawn, moved = (
        np.asarray(model.decode(net, some), np.float32)
        for some in (latents, latents + np.float32(amount) * way)
    )
    return moved - drawn


def patch(frame: Picture, changed: Change, crop: Crop, side: int) -> Patch | None:
    """What a change of a face alters in its frame; None where nothing of it is in the frame.

    Args:
        frame: The picture.
        changed: (s, s, 3) differences in the network's square, shares of white.
        crop: The face's record.
        side: Of its crop, in pixels.
    """
    size = len(changed)
    onto = compose(centre_matrix(side, size), crop.from_frame)
    ends = np.array([(-0.5, -0.5), (size, -0.5), (size, size), (-0.5, size)])
    corners = transform(ends, inverse(onto))
    (left, top), (right, bottom) = _inside(corners, frame.shape[:2])
    if right <= left or bottom <= top:
        return None
    here = onto.copy()
    here[:, 2] += onto[:, :2] @ (left, top)
    soft = changed * oval(size)[..., None] * np.float32(255)
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(soft, here, (right - left, bottom - top), flags=how)
    region = np.asarray(frame[top:bottom, left:right], np.float32)
    rgb = np.round((region + moved).clip(0, 255)).astype(np.uint8)
    mask = (np.abs(moved).max(axis=-1) >= LEAST).astype(np.uint8) * 255
    return Patch(left, top, rgb, mask)


def write_edited(
    work: Workspace, folder: Path, changes: Mapping[int, list[tuple[Crop, Change]]], side: int
) -> Iterator[Path]:
    """Write a side's films, or its pictures, with changed faces; gives each when it is written.

    Args:
        work: Seen from the side.
        folder: Where to.
        changes: Of each frame by its number, its faces and their changes. Pictures without one are
            left out.
        side: Of a crop, in pixels.
    """
    index = FrameIndex.load(work.require("frames"))
    with footage(work) as reader:
        for clip, first, begin, end in index.parts(0, len(index)):
            numbers = [n for n in range(first + begin, first + end) if n in changes]
            if not numbers:
                continue
            path, writer = _writer(work, folder, clip, first)
            with writer:
                for number, frame in reader.raw(first + begin, first + end):
                    shown = Shown(frame, clip)
                    made = [patch(shown, ch, crop, side) for crop, ch in changes.get(number, [])]
                    writer.write(frame, [one for one in made if one])
            if clip.kind == "images":
                _only(path, {Path(clip.pictures[n - first].name).stem for n in numbers})
            yield path


def _writer(
    work: Workspace, folder: Path, clip: Clip, first: int
) -> tuple[Path, FrameWriter | ImageWriter]:
    source = work.path("media").parent / clip.path
    if clip.kind == "images":
        path = folder / Path(clip.path).name
        return path, ImageWriter(path, clip, first, "png", source)
    path = folder / f"{Path(clip.path).stem}.{container_for(clip)}"
    return path, FrameWriter(path, clip, source)


def _only(folder: Path, stems: set[str]) -> None:
    """Take away the pictures that nothing was changed in."""
    for path in folder.iterdir():
        if Path(path.stem).stem not in stems and path.stem not in stems:
            path.unlink()


def _inside(
    corners: NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[tuple[int, int], tuple[int, int]]:
    most = np.array([shape[1], shape[0]])
    low = np.floor(corners.min(axis=0)).clip(0, most).astype(int)
    high = np.ceil(corners.max(axis=0) + 1).clip(0, most).astype(int)
    return (int(low[0]), int(low[1])), (int(high[0]), int(high[1]))

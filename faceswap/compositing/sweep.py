"""The hardest faces of a film in every look: what to choose a look from."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.alignment.crops import Crop
from faceswap.alignment.pose import pose
from faceswap.compositing.looks import LOOKS
from faceswap.compositing.merger import Merger
from faceswap.compositing.swapped import SwappedFolder
from faceswap.films.footage import footage
from faceswap.films.paste import paste_rgb
from faceswap.pictures.geometry import compose
from faceswap.pictures.levels import shares
from faceswap.pictures.sampling import sample
from faceswap.workspace import Workspace
from faceswap.writing.image_writer import PREVIEW, write_marked

Image = NDArray[np.uint8]

#: Pixels a picture, and how much wider than the square it shows of the frame.
SIDE, AROUND = 144, 1.3
#: What a row is chosen by, and whether the most or the least of it is hard.
HARD = ("usual", "turned left", "turned right", "blurred", "covered", "dark", "bright")
_INK = (255, 255, 0)


def draw_sweep(folder: SwappedFolder, target: Workspace, path: Path) -> None:
    """Draw the sheet: looks across, numbered as `--look` takes them, the hardest faces down.

    Args:
        folder: What `convert` left.
        target: The workspace, seen from the target.
        path: Of the PNG.
    """
    chosen = hardest(folder)
    wanted = set(chosen.values())
    crops = {row: crop for row, crop in folder.crops() if row in wanted}
    with footage(target) as reader:
        frames = {
            row: next(iter(reader.frames(crop.frame, crop.frame + 1)))[1]
            for row, crop in sorted(crops.items())
        }
    rows = [_legend()]
    for why, row in chosen.items():
        crop, frame = crops[row], frames[row]
        first = _written(_seen(frame, crop, folder.size), f"{why}, shot {crop.shot}", crop.frame)
        rows.append([first, *(_looking(folder, n, row, crop, frame) for n in range(len(LOOKS)))])
    sheet = np.concatenate([np.concatenate(row, axis=1) for row in rows])
    write_marked(path, sheet, "png", PREVIEW)


def hardest(folder: SwappedFolder) -> dict[str, int]:
    """For each reason of `HARD`, the row of the face that is hardest by it; none twice."""
    figures = np.array([_figures(folder, row, crop) for row, crop in folder.crops()])
    middle = np.median(figures, axis=0)
    spread = np.median(np.abs(figures - middle), axis=0) + 1e-6
    usual = -np.abs((figures - middle) / spread).sum(axis=1)
    yaw, sharp, covered, light = figures.T
    scores = (usual, -yaw, yaw, -sharp, covered, -light, light)
    found: dict[str, int] = {}
    for why, score in zip(HARD, scores, strict=True):
        best = next((int(r) for r in np.argsort(-score) if r not in found.values()), None)
        if best is not None and not (why == "covered" and score[best] <= 0):
            found[why] = best
    return found


def _figures(folder: SwappedFolder, row: int, crop: Crop) -> tuple[float, float, float, float]:
    inside = folder.hulls.read(row, row + 1)[0] > 0
    covered = folder.occlusion.read(row, row + 1)[0][inside]
    light = folder.targets.read(row, row + 1)[0].mean()
    yaw = pose(crop.points).yaw
    return yaw, crop.sharpness, float(covered.mean()) if covered.size else 0.0, float(light)


def _looking(folder: SwappedFolder, number: int, row: int, crop: Crop, frame: Image) -> Image:
    merger = Merger(folder, LOOKS[number], {})
    face = shares(folder.faces.read(row, row + 1)[0])
    patch = merger.patch(frame, row, crop, face, merger.alpha(row, crop))
    picture = paste_rgb(frame, [patch] if patch else [])
    return _written(_seen(picture, crop, folder.size), str(number + 1), None)


def _seen(frame: Image, crop: Crop, size: int) -> Image:
    """What lies around a face in its frame, upright."""
    scale = SIDE / (size * AROUND)
    shift = (SIDE - 1) / 2 - scale * (size - 1) / 2
    wider = np.array([[scale, 0, shift], [0, scale, shift]])
    return sample(frame, compose(wider, crop.from_frame), SIDE)


def _legend() -> list[Image]:
    """A row that says what each number stands for."""
    tiles = [_written(np.zeros((SIDE // 2, SIDE, 3), np.uint8), "the film", None)]
    for number, look in enumerate(LOOKS, start=1):
        tile = np.zeros((SIDE // 2, SIDE, 3), np.uint8)
        for line, text in enumerate([str(number), *str(look).split(", ")]):
            _write(tile, text, 14 + 15 * line)
        tiles.append(tile)
    return tiles


def _written(picture: Image, text: str, frame: int | None) -> Image:
    _write(picture, text, 14)
    if frame is not None:
        _write(picture, f"frame {frame}", picture.shape[0] - 5)
    return picture


def _write(picture: Image, text: str, bottom: int) -> None:
    # Thicker letters are wider too, so the rim is the same letters moved.
    moved = [(x, y, (0, 0, 0)) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    for x, y, ink in [*moved, (0, 0, _INK)]:
        where = (4 + x, bottom + y)
        cv2.putText(picture, text, where, cv2.FONT_HERSHEY_SIMPLEX, 0.4, ink, 1, cv2.LINE_AA)

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from faceswap.detection.faces import landmarks_array
from faceswap.films.deep_images import read_samples
from faceswap.films.images import read_image

from . import whole
from .conftest import Frames
from .pictures import PICTURES, STORED, exif, write
from .table import Table

FAST = {"PNG of 16 bits"}
#: How many differ is told by the table; each is compared sample by sample.
CASES = [
    pytest.param(name, id=name, marks=() if name in FAST else pytest.mark.slow) for name in PICTURES
]


@pytest.mark.parametrize("name", CASES)
def test_pictures_keep_all_that_they_hold(
    name: str, tmp_path: Path, frames: Frames, source: Path, model: Path, table: Table
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    PICTURES[name](frames, folder)
    root = whole.new(tmp_path / "work", source, folder, model)
    whole.swap(root)
    made = whole.Made(root, "")
    pictures = made.index.clips[0].pictures
    assert len(pictures) == len(list(folder.iterdir()))
    for picture, line in zip(pictures, made.faces, strict=True):
        before, _ = read_samples(folder / picture.name)
        after, _ = read_samples(made.output / f"{Path(picture.name).stem}.png")
        assert line.faces, "there are pictures in which no face was found"
        _compare(before, after, landmarks_array(line.faces[0]))
    kind = str(before.dtype).removeprefix("uint") + " bits"
    given = f"{Path(pictures[0].name).suffix[1:]} {made.index.clips[0].pixel_format}"
    table.add(name, given, f"png {kind}", str(len(pictures)), "names", "bit-exact", "0")


def _compare(before: np.ndarray, after: np.ndarray, points: np.ndarray) -> None:
    assert (after.shape, after.dtype) == (before.shape, before.dtype)
    y, x = np.mgrid[: before.shape[0], : before.shape[1]]
    middle, reach = points.mean(0), np.ptp(points, axis=0).max()
    far = np.hypot(x - middle[0], y - middle[1])
    outside, inside = far > reach * 1.3, far < reach / 4
    assert np.array_equal(before[outside], after[outside])
    scale = 257 if before.dtype == np.uint16 else 1
    change = np.abs(before[inside][:, :3].astype(float) - after[inside][:, :3]) / scale
    assert change.mean() > 3
    if before.shape[2] == 4:
        assert np.array_equal(before[..., 3], after[..., 3])


@pytest.mark.parametrize("turned", STORED)
@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp"])
def test_orientation_is_undone_and_the_rest_of_exif_kept(
    turned: int, ending: str, tmp_path: Path
) -> None:
    rgb = np.zeros((40, 60, 3), np.uint8)
    rgb[:10, :30], rgb[30:, 40:] = (200, 40, 40), (40, 60, 200)
    clear = np.dstack([rgb, np.full(rgb.shape[:2], 90, np.uint8)])
    given = rgb if ending == ".jpg" else clear
    write(tmp_path / f"a{ending}", STORED[turned](given), turned)
    found, notes = read_samples(tmp_path / f"a{ending}")
    assert found.shape == given.shape
    assert np.abs(found[..., :3].astype(int) - rgb).mean() < 4
    assert np.abs(read_image(tmp_path / f"a{ending}").astype(int) - rgb).mean() < 4
    assert notes[cv2.IMAGE_METADATA_EXIF] == exif(1)


def test_a_picture_without_notes_has_none(tmp_path: Path) -> None:
    write(tmp_path / "a.png", np.full((8, 8, 3), 7, np.uint8))
    found, notes = read_samples(tmp_path / "a.png")
    assert (found == 7).all() and not any(notes.values())

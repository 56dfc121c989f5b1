from __future__ import annotations

import cv2
import numpy as np
import pytest

from faceswap.alignment.crops import Crop
from faceswap.compositing import occlusion
from faceswap.compositing.swapped import SwappedFolder
from faceswap.errors import Damaged
from faceswap.pictures.geometry import MEAN_FACE

SIZE = 64
POINTS = tuple(map(tuple, MEAN_FACE.tolist()))


def record(frame, face=0, track=0, shot=1):
    return Crop(frame, face, (1.0, 0, 0, 0, 1, 0), POINTS, 10.0, True, track, shot)


@pytest.fixture
def folder(tmp_path):
    """Two people, one of whom is away for a while, and a cut."""
    records = [record(n, 0, 1) for n in range(40)]
    records += [record(n, 1, 2) for n in range(40) if not 10 <= n < 20]
    records += [record(n, 0, 1, 2) for n in range(40, 45)]
    records.sort(key=lambda crop: (crop.frame, crop.face))
    folder = SwappedFolder.create(tmp_path, len(records), SIZE)
    folder.journal.append(records)
    return folder


def test_a_run_is_one_face_followed_without_a_gap_in_one_shot(folder):
    crops = dict(folder.crops())
    runs = [[(crops[r].track, crops[r].shot, crops[r].frame) for r in run] for run in folder.runs()]
    assert sorted(len(run) for run in runs) == [5, 10, 20, 40]
    for run in runs:
        assert len({(track, shot) for track, shot, _ in run}) == 1
        frames = [frame for *_, frame in run]
        assert frames == list(range(frames[0], frames[-1] + 1))
    assert sorted(row for run in folder.runs() for row in run) == list(range(len(folder)))


def test_arrays_that_are_there_stay(folder):
    folder.faces.write(3, np.full((1, SIZE, SIZE, 3), 7, np.uint8))
    again = SwappedFolder.create(folder.folder, len(folder), SIZE)
    assert (again.faces.read(3, 4) == 7).all()
    assert again.size == SIZE and len(again) == len(folder)


def test_occlusion_is_found_along_each_track_as_in_memory(folder):
    random = np.random.default_rng(0)
    grid = occlusion.GRID
    differ = random.normal(0, 2, (len(folder), grid, grid, occlusion.CHANNELS)).astype(np.float16)
    rows = [row for row, crop in folder.crops() if crop.track == 2 and crop.frame >= 20]
    differ[rows[4:14], 20:36, 16:32] += 30
    inside = np.zeros((grid, grid), np.uint8)
    inside[10:40, 10:40] = 1
    folder.differences.write(0, differ)
    folder.hulls.write(0, np.stack([inside] * len(folder)))
    folder.find_occlusion()
    found = folder.occlusion.read(0, len(folder))
    film = occlusion.usual(differ)
    steady = occlusion.gathered(occlusion.evidence(differ[rows], film))
    wanted = np.stack([occlusion.before(one, inside > 0) for one in steady])
    np.testing.assert_array_equal(found[rows], wanted)
    assert wanted[8, 28, 24] == 255 and not wanted[-1].any()
    others = [row for row in range(len(folder)) if row not in rows]
    assert not found[others].any()


def test_with_too_few_faces_nobody_knows_what_is_usual(tmp_path):
    few = SwappedFolder.create(tmp_path, occlusion.FEWEST - 1, SIZE)
    few.journal.append(record(n) for n in range(len(few)))
    few.differences.write(3, np.full((1, *few.differences.shape[1:]), 90, np.float16))
    few.hulls.write(0, np.ones((len(few), *few.hulls.shape[1:]), np.uint8))
    few.find_occlusion()
    assert not few.occlusion.read(0, len(few)).any()


def test_a_mask_as_an_image_is_read_in_grey(folder):
    crop = record(4)
    assert folder.drawn(crop) is None
    (folder.folder / "masks").mkdir()
    cv2.imwrite(str(folder.folder / "masks" / crop.name), np.full((20, 20, 3), 200, np.uint8))
    drawn = folder.drawn(crop)
    assert drawn.shape == (20, 20) and (drawn == 200).all()


@pytest.mark.parametrize("shape", [None, (20, 30)])
def test_a_mask_that_is_no_square_picture_is_refused(folder, shape):
    path = folder.folder / "masks" / record(4).name
    path.parent.mkdir()
    path.write_bytes(b"no picture") if shape is None else cv2.imwrite(str(path), np.zeros(shape))
    with pytest.raises(Damaged, match="repaint it, or delete it"):
        folder.drawn(record(4))

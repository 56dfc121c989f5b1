from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from faceswap.alignment.crops import CropFolder
from faceswap.errors import NoFaces
from faceswap.stage import Progress
from faceswap.workspace import Workspace
from stages.align import Align
from stages.detect import Detect
from stages.extract import Extract
from stages.people import People
from stages.warp import Warp


class Heard(Progress):
    def __init__(self) -> None:
        self.notes: list[str] = []
        self.warnings: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)


@pytest.fixture(scope="module")
def work(
    tmp_path_factory: pytest.TempPathFactory,
    short_clip: Callable[..., Path],
    talking_clip: Path,
    other_clip: Path,
) -> Workspace:
    films = [short_clip(other_clip, 6), short_clip(talking_clip, 8)]
    work = Workspace.create(tmp_path_factory.mktemp("warp") / "work", films[:1], films[1:])
    for stage in (Extract(), Detect(workers=1), People(), Align(size=128, workers=1)):
        for side in ("source", "target"):
            stage.run(work.on(side))
    return work


def test_the_arrays_hold_the_crops(work: Workspace) -> None:
    heard = Heard()
    assert Warp().run(work.on("source"), heard) == {"faces": 6}
    assert not heard.notes
    assert Warp().run(work.on("target"), heard) == {"faces": 8}
    for side, count in (("source", 6), ("target", 8)):
        folder, crops = work.path(f"{side}/pairs"), CropFolder(work.path(f"{side}/crops"))
        faces = np.load(folder / "faces.npy", allow_pickle=False)
        masks = np.load(folder / "masks.npy", allow_pickle=False)
        points = np.load(folder / "landmarks.npy", allow_pickle=False)
        assert faces.shape == (count, 128, 128, 3) and faces.dtype == np.uint8
        assert np.array_equal(faces[0], crops.picture(next(iter(crops))))
        assert set(np.unique(masks)) == {0, 255} and 0.2 < (masks > 0).mean() < 0.6
        inside = points.round().astype(int)[:, 28:60]
        assert all(masks[n, y, x] for n in range(count) for x, y in inside[n])
        assert (folder / "preview.png").stat().st_size > 10_000
    assert [line.split()[0] for line in heard.notes] == ["yaw", "pitch", "mouth", "brightness"]


def test_nothing_left_to_learn_from_is_told(work: Workspace) -> None:
    Align(size=64, min_sharpness=1e9, workers=1).run(work.on("source"))
    with pytest.raises(NoFaces, match="no crop of the source is left"):
        Warp().run(work.on("source"))

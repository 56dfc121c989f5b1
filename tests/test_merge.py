from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap.errors import Unsupported
from faceswap.workspace import Workspace
from stages.align import Align
from stages.detect import Detect
from stages.extract import Extract
from stages.merge import Merge
from stages.people import People
from swapped_for_tests import put_swapped
from told import Told


@pytest.fixture(scope="module")
def work(
    tmp_path_factory: pytest.TempPathFactory, short_clip: Callable[..., Path], talking_clip: Path
) -> Workspace:
    film = short_clip(talking_clip, 8)
    work = Workspace.create(tmp_path_factory.mktemp("merge") / "work", [film], [film])
    for stage in (Extract(), Detect(workers=1), People(), Align(workers=1)):
        stage.run(work.on("target"))
    return work


def frames(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="yuv420p") for frame in film.decode(video=0)]


def film_of(work: Workspace) -> Path:
    return next(work.path("target/media").iterdir())


def test_outside_of_the_face_samples_are_the_decoders_own(work: Workspace) -> None:
    put_swapped(work, lambda face: 255 - face)
    Merge(codec="ffv1", color="none").run(work)
    before, after = frames(film_of(work)), frames(work.root / "output.mkv")
    assert len(before) == len(after) == 8
    for old, new in zip(before, after, strict=True):
        changed = (old != new).mean()
        assert 0.01 < changed < 0.2


def test_the_targets_own_faces_give_the_target(work: Workspace) -> None:
    put_swapped(work, lambda face: face)
    Merge(codec="ffv1").run(work)
    for old, new in zip(frames(film_of(work)), frames(work.root / "output.mkv"), strict=True):
        assert np.abs(old.astype(int) - new).mean() < 0.2
        assert np.abs(old.astype(int) - new).max() < 60


@pytest.mark.parametrize(("kept", "said"), [(None, True), (0, False)])
def test_masks_that_are_all_passed_over_are_told_of_once(
    kept: int | None, said: bool, work: Workspace
) -> None:
    folder, told = put_swapped(work, lambda face: face), Told()
    for row in range(len(folder)):
        fit = np.full((1, folder.size, folder.size), 255, np.uint8)
        fit[:, 0] = 0
        folder.masks.write(row, fit if row == kept else fit // 4)
    Merge(codec="ffv1").run(work, told)
    assert [line for line in told.lines if "hulls bound them all" in line] == said * [
        "the model's masks leave out most of each face: hulls bound them all"
    ]


def test_masks_that_no_model_drew_are_not_told_of(work: Workspace) -> None:
    put_swapped(work, lambda face: face)
    told = Told()
    Merge(codec="ffv1").run(work, told)
    assert not any("hull" in line for line in told.lines)


def test_another_container_takes_the_first_ones_place(work: Workspace) -> None:
    put_swapped(work, lambda face: face)
    Merge(codec="ffv1").run(work)
    Merge().run(work)
    assert sorted(p.name for p in work.root.glob("output*")) == ["output.json", "output.mp4"]
    assert work.path("output").name == "output.mp4"


def test_frames_as_images(work: Workspace) -> None:
    put_swapped(work, lambda face: face)
    summary = Merge(output_images="png").run(work)
    assert summary["file"] == "output" and summary["swapped"] == 8
    assert sorted(p.name for p in work.path("output").iterdir()) == [
        f"{n:06d}.png" for n in range(8)
    ]


def test_a_softer_edge_changes_gradually(work: Workspace) -> None:
    put_swapped(work, lambda face: np.zeros_like(face))
    darkest = []
    for feather in (0.02, 0.3):
        Merge(codec="ffv1", color="none", feather=feather).run(work)
        new = frames(work.root / "output.mkv")[0]
        darkest.append(int((new[: new.shape[0] * 2 // 3] < 20).sum()))
    assert all(sharp > soft for sharp, soft in pairwise(darkest))


def test_what_does_not_go_together_is_refused_before_any_work(work: Workspace) -> None:
    with pytest.raises(Unsupported):
        Merge(codec="ffv1", container="mp4").check(work)

"""Merge's looks by shot, its masks as a film, and what makes it stale."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from faceswap import plan
from faceswap.compositing import patching
from faceswap.compositing.looks import LOOKS
from faceswap.compositing.swapped import SwappedFolder
from faceswap.compositing.sweep import HARD, draw_sweep, hardest
from faceswap.errors import BadOption
from faceswap.ledger import Ledger, execute
from faceswap.workspace import Workspace
from stages.align import Align
from stages.detect import Detect
from stages.extract import Extract
from stages.merge import Merge
from stages.people import People
from swapped_for_tests import put_swapped


@pytest.fixture(scope="module")
def work(
    tmp_path_factory: pytest.TempPathFactory, short_clip: Callable[..., Path], talking_clip: Path
) -> Workspace:
    film = short_clip(talking_clip, 8)
    work = Workspace.create(tmp_path_factory.mktemp("shots") / "work", [film], [film])
    for stage in (Extract(), Detect(workers=1), People(), Align(workers=1)):
        stage.run(work.on("target"))
    put_swapped(work, lambda face: 255 - face)
    return work


def frames(path: Path) -> np.ndarray:
    with av.open(str(path)) as film:
        return np.stack([frame.to_ndarray(format="gray") for frame in film.decode(video=0)])


def merged(work: Workspace, **how: object) -> np.ndarray:
    Merge(codec="ffv1", **how).run(work)
    return frames(work.path("output"))


def job(work: Workspace):
    (found,) = plan.jobs(work, ["merge"], {}, {})
    return found


def says(work: Workspace, text: str) -> None:
    (work.root / "faceswap.toml").write_text(text)


def test_a_shot_looks_as_its_options_and_its_number_say(work: Workspace) -> None:
    plain, number = merged(work), merged(work, look=5)
    assert (plain != number).any()
    np.testing.assert_array_equal(merged(work, shot=("1:look=5",)), number)
    np.testing.assert_array_equal(merged(work, shot=("1:color=none",)), number)


def test_a_table_of_a_shot_makes_merge_stale_and_nothing_else(work: Workspace) -> None:
    says(work, "")
    execute(job(work), work)
    for text, state in (
        ("[shot.1]\nfeather = 0.3\n", "stale"),
        ("[shot.1]\nlook = 4\nfeather = 0.3\n", "stale"),
        ("", "fresh"),
    ):
        says(work, text)
        assert Ledger(work).state(job(work)) == state
    says(work, "[shot.1]\nfeather = 0.3\n")
    jobs = plan.jobs(work, ["extract", "align", "convert"], {}, {})
    without = {j.title: Ledger(work).key(j) for j in jobs}
    says(work, "")
    jobs = plan.jobs(work, ["extract", "align", "convert"], {}, {})
    assert without == {j.title: Ledger(work).key(j) for j in jobs}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[shot.1]\nfether = 1\n", "shot 1: no option `fether`"),
        ("[shot.one]\nfeather = 1\n", "shot takes texts"),
        ("[shot]\nfeather = 1\n", "must be a table"),
        ("[shot.1]\nlook = 99\n", "shot 1: look is 1 to"),
    ],
)
def test_a_wrong_table_is_refused_before_any_work(work: Workspace, text: str, said: str) -> None:
    says(work, text)
    with pytest.raises(BadOption, match=said):
        job(work)
    says(work, "")


def test_a_shot_that_is_not_there_is_refused_before_any_work(work: Workspace) -> None:
    says(work, "[shot.2]\nfeather = 0.5\n")
    with pytest.raises(BadOption, match="shots 1 to 1"):
        job(work).stage.check(work)
    says(work, "")


def test_the_masks_are_a_film_beside_the_output(work: Workspace) -> None:
    target = frames(next(work.path("target/media").iterdir()))
    output = merged(work, mask_video=True, look=5).astype(int)
    masks = frames(work.path("mask_video"))
    assert masks.shape == output.shape and work.path("mask_video").name == "mask.mkv"
    assert masks.max() > 250
    untouched = masks < 3
    assert (np.abs(output - target)[untouched] < 12).mean() > 0.999
    assert np.abs(output - target)[masks > 250].mean() > 20


def test_masks_are_the_same_in_however_many_bands(
    work: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for rows in (32, 512):
        monkeypatch.setattr(patching, "BAND", rows)
        merged(work, mask_video=True, look=5)
        made.append(frames(work.path("mask_video")))
    many, one = made
    assert 32 < many.shape[1] < 512 and many[:, 96:].max() > 250
    np.testing.assert_array_equal(many, one)


def test_a_repainted_mask_is_used_and_makes_merge_stale(work: Workspace) -> None:
    execute(job(work), work)
    before = frames(work.path("output"))
    _, crop = next(iter(SwappedFolder(work.path("swapped")).crops()))
    path = work.path("masks") / crop.name
    path.parent.mkdir()
    cv2.imwrite(str(path), np.zeros((256, 256), np.uint8))
    assert Ledger(work).state(job(work)) == "stale"
    execute(job(work), work)
    after = frames(work.path("output"))
    assert np.abs(before[0].astype(int) - after[0]).max() > 60
    target = frames(next(work.path("target/media").iterdir()))
    assert np.abs(target[0].astype(int) - after[0]).mean() < 2
    cv2.imwrite(str(path), np.full((256, 256), 255, np.uint8))
    assert Ledger(work).state(job(work)) == "stale"
    os.remove(path)
    path.parent.rmdir()


def test_the_sweep_shows_each_hard_face_once_in_every_look(work: Workspace) -> None:
    folder = SwappedFolder(work.path("swapped"))
    chosen = hardest(folder)
    assert set(chosen) == set(HARD) - {"covered"}
    assert len(set(chosen.values())) == len(chosen)
    says(work, "")
    execute(job(work), work)
    path = work.path("sweep")
    draw_sweep(folder, work.on("target"), path)
    image = cv2.imread(str(path))
    columns = 1 + len(LOOKS)
    side = image.shape[1] // columns
    assert image.shape[0] == side // 2 + len(chosen) * side
    tiles = [image[side // 2 : side // 2 + side, n * side : (n + 1) * side] for n in range(columns)]
    assert all(np.abs(tile.astype(int) - tiles[0]).mean() > 2 for tile in tiles[1:])
    # What is drawn of the faces is no part of them.
    assert Ledger(work).state(job(work)) == "fresh"

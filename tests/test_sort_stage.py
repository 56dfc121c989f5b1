from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from faceswap import plan
from faceswap.alignment.crops import CropFolder
from faceswap.errors import BadOption, Damaged
from faceswap.films.images import write_image
from faceswap.ledger import Ledger, execute
from faceswap.stage import Summary
from faceswap.workspace import Workspace
from stages.sort import Sort
from told import Told

FRAMES = 12


@pytest.fixture(scope="module")
def cut(
    tmp_path_factory: pytest.TempPathFactory, short_clip: Callable[..., Path], talking_clip: Path
) -> Workspace:
    film = short_clip(talking_clip, FRAMES)
    work = Workspace.create(tmp_path_factory.mktemp("sort") / "work", [film], [film])
    options = {"workers": 1, "size": 64}
    for job in plan.jobs(work, ["extract", "detect", "people", "align"], options, {}, "source"):
        execute(job, work)
    return work.on("source")


@pytest.fixture
def work(cut: Workspace) -> Workspace:
    """The same crops in each test, all of them learnt from."""
    sort(cut, restore=True)
    return cut


def sort(work: Workspace, **options: object) -> tuple[Summary, list[str]]:
    told, stage = Told(), Sort(workers=1, **options)  # type: ignore[arg-type]
    stage.validate()
    return stage.run(work, told), told.lines


def crops(work: Workspace) -> CropFolder:
    return CropFolder(work.path("crops"))


def test_the_worst_come_first_in_the_list_and_on_the_sheet(work: Workspace) -> None:
    by_blur = sorted(crops(work), key=lambda crop: crop.sharpness)
    summary, lines = sort(work, by="blur", show=4)
    assert [line.split()[0] for line in lines[:4]] == [crop.name for crop in by_blur[:4]]
    assert (summary["crops"], summary["learnt"], summary["left_out"]) == (FRAMES, FRAMES, 0)
    sheet = cv2.imread(str(work.path("crops").parent / "sorted" / "sheet.png"))
    assert sheet.shape == (2 * 128, 2 * 128, 3)


@pytest.mark.parametrize("by", ["yaw", "pitch", "roll", "size", "brightness", "duplicates"])
def test_each_measure_gives_an_order(work: Workspace, by: str) -> None:
    summary, lines = sort(work, by=by)
    assert len(lines) == FRAMES + 1 and summary["left_out"] == 0
    assert len({line.split()[0] for line in lines[:FRAMES]}) == FRAMES


def test_descriptors_are_made_once(work: Workspace) -> None:
    summary, _ = sort(work, by="descriptor", show=2)
    assert 0 < float(summary["95%"]) < 0.5
    kept = work.path("crops").parent / "sorted" / "descriptors.jsonl"
    before = kept.stat().st_mtime_ns
    sort(work, by="descriptor", show=2)
    assert kept.stat().st_mtime_ns == before


def test_what_is_left_out_is_not_learnt_but_there(work: Workspace) -> None:
    summary, lines = sort(work, worst=3)
    assert (summary["learnt"], summary["left_out"]) == (FRAMES - 3, 3)
    assert [line.endswith("left out") for line in lines[:4]] == [True, True, True, False]
    assert crops(work).count() == FRAMES
    assert crops(work).count(training=True) == len(list(crops(work).learnable())) == FRAMES - 3
    # Three more, not the same again.
    assert sort(work, worst=3)[0]["left_out"] == 6


def test_values_below_above_and_frames_are_left_out(work: Workspace) -> None:
    values = sorted(crop.sharpness for crop in crops(work))
    assert sort(work, below=str(values[2]))[0]["left_out"] == 2
    assert sort(work, above=str(values[-2]))[0]["left_out"] == 3
    sort(work, restore=True)
    assert sort(work, out="2-3,7")[0]["left_out"] == 3
    assert {c.frame for c in crops(work) if not c.training} == {2, 3, 7}


def test_what_is_moved_away_is_no_crop_until_it_is_restored(work: Workspace) -> None:
    assert sort(work, worst=2, move=True)[0]["left_out"] == 2
    assert crops(work).count() == FRAMES - 2
    assert sort(work)[0]["crops"] == FRAMES - 2
    summary, _ = sort(work, restore=True)
    assert (summary["crops"], summary["learnt"], summary["left_out"]) == (FRAMES, FRAMES, 0)
    assert not work.exists("left_out")


def test_what_was_left_out_stays_so_when_crops_are_cut_anew(work: Workspace) -> None:
    sort(work, out="4")
    (job,) = plan.jobs(work.on(""), ["align"], {"size": 96, "workers": 1}, {}, "source")
    execute(job, work.on(""))
    assert [c.frame for c in crops(work) if not c.training] == [4]
    assert crops(work).picture(next(iter(crops(work)))).shape == (96, 96, 3)


def test_training_data_get_stale_and_crops_do_not(work: Workspace) -> None:
    align, warp = plan.jobs(work.on(""), ["align", "warp"], {}, {}, "source")
    ledger = Ledger(work.on(""))
    before = [ledger.key(job) for job in (align, warp)]
    sort(work, worst=1)
    after = [ledger.key(job) for job in (align, warp)]
    assert before[0] == after[0] and before[1] != after[1]
    sort(work, restore=True)
    assert [ledger.key(job) for job in (align, warp)] == before


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"below": "much"}, "--below and --above take a number, not 'much'"),
        ({"out": "9-2"}, "--out: expected numbers"),
        ({"restore": True, "worst": 3}, "--restore goes alone"),
    ],
)
def test_what_makes_no_sense_is_refused(
    work: Workspace, options: dict[str, object], says: str
) -> None:
    with pytest.raises(BadOption, match=says):
        sort(work, **options)


def test_a_broken_list_is_named(work: Workspace) -> None:
    work.path("left_out").write_text('{"a": 1}')
    with pytest.raises(Damaged, match=r"left_out\.json is no list of names"):
        list(crops(work))
    work.path("left_out").unlink()


def test_a_picture_that_is_not_there_anymore_is_no_crop(work: Workspace) -> None:
    first = next(iter(crops(work)))
    picture = crops(work).picture(first)
    (crops(work).folder / first.name).unlink()
    assert sort(work)[0]["crops"] == FRAMES - 1
    write_image(crops(work).folder / first.name, np.asarray(picture))

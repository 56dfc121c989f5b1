"""What stages say that they will write, held against what they write."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from faceswap import plan
from faceswap.errors import OutOfSpace
from faceswap.ledger import execute
from faceswap.storage import room
from faceswap.storage.room import taken
from faceswap.workspace import Workspace

#: What is drawn beside, and is not counted.
DRAWN = {"sheet.png", "preview.png", "history.jsonl"}


@pytest.fixture(scope="module")
def done(job: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The job, with its frames as images too."""
    space = Workspace.open(Path(shutil.copytree(job, tmp_path_factory.mktemp("room") / "job")))
    for one in plan.jobs(space, ["extract"], {"images": "png"}, {}):
        execute(one, space)
    return space


def written(path: Path) -> int:
    if path.is_dir():
        return sum(written(child) for child in path.iterdir() if child.name not in DRAWN)
    return path.stat().st_size


@pytest.mark.parametrize(
    ("stage", "options"),
    [
        ("extract", {"images": "png"}),
        ("extract", {"images": "none"}),
        ("detect", {}),
        ("align", {}),
        ("warp", {}),
        ("train", {}),
        ("convert", {}),
        ("merge", {}),
    ],
)
def test_a_stage_needs_about_what_it_says(
    done: Workspace, stage: str, options: dict[str, object]
) -> None:
    for one in plan.jobs(done, [stage], options, {}):
        said = one.stage.needs(done.on(one.side))
        took = sum(written(done.path(name)) for name in one.outputs)
        if stage == "train":
            # At most four sets lie there at once; one is left in the end, and the model.
            took += 3 * written(done.path("model") / "checkpoints")
        # A film lies there twice while it is signed.
        took *= 2 if stage == "merge" else 1
        assert took / 3 < said < took * 3, f"{one.title}: said {said}, took {took}"


def test_images_of_jpg_need_less(done: Workspace) -> None:
    (png,), (jpg,) = (
        plan.jobs(done, ["extract"], {"images": kind}, {}, "target") for kind in ("png", "jpg")
    )
    assert jpg.stage.needs(done.on("target")) < png.stage.needs(done.on("target")) / 2


def test_better_quality_and_lossless_codecs_need_more() -> None:
    sizes = [room.film("h264", quality, 1e6) for quality in (28, 16, 4)]
    assert sizes == sorted(sizes) and sizes[-1] < room.film("ffv1", 16, 1e6)


def test_holes_of_files_take_no_room(tmp_path: Path) -> None:
    with (tmp_path / "holes").open("wb") as file:
        file.truncate(1 << 30)
    assert taken(tmp_path) < 1 << 20
    assert taken(tmp_path / "none") == 0


def test_what_is_missing_is_said_in_words(tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    free = shutil.disk_usage(tmp_path).free
    with pytest.raises(OutOfSpace, match=r"train needs about .* GB .*: make room for .* more"):
        room.demand(work, "train", free + int(5e9), [])
    assert [room.said(n) for n in (12, 12_345, 7_654_321_000)] == ["12 bytes", "12.3 kB", "7.65 GB"]

"""Stages on a disk that gets full: a small one in memory, made larger again."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from faceswap.storage.room import taken
from faceswap.workspace import Workspace

from .conftest import FEW_STEPS, Run
from .contents import contents, leftovers
from .killing import STAGES, Jobs, start, words_of

#: Where of what a stage writes the disk is full.
PARTS = (0.0, 0.2, 0.5, 0.8)


class Disk:
    """A disk in memory, of a size that can be changed."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def resize(self, size: int) -> None:
        """Make it so many bytes large."""
        where = ["-o", f"remount,size={size}", str(self.place)]
        subprocess.run(["mount", *where], check=True)

    def fill(self, more: int) -> None:
        """Make it so large that `more` bytes are free."""
        used = shutil.disk_usage(self.place).used
        self.resize(max(4096, used + more))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1g", "faceswap-test", str(place)]
    mounted = subprocess.run(command, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield Disk(place)
    subprocess.run(["umount", "-l", str(place)], check=True)


def fills(stage: str, part: float, workers: int, jobs: Jobs, disk: Disk) -> bool:
    """Does a stage on a disk that gets full; whether it did."""
    before, whole = jobs.before(stage), jobs.whole(stage)
    work = disk.place / "work"
    subprocess.run(["cp", "-a", before, work], check=True)
    made = contents(work)
    words = [str(workers) if w == "1" else w for w in words_of(stage, work)]
    disk.fill(int(part * (taken(whole) - taken(before))))
    code, _, said = start(words, work, roomy=True)
    if code == 0:
        return False
    lines = [line for line in said.splitlines() if "oneDNN" not in line and "cuda" not in line]
    lines = [line for line in lines if "absl" not in line]
    assert code == 3, said
    assert len(lines) == 1 and "no room left" in lines[0] and "make room" in lines[0], said
    # All that was there before is there, and nothing is said to be done that is not.
    kept = contents(work)
    edited = ("people.toml", "corrections.json", "left_out.json")
    assert {n: d for n, d in made.items() if not n.endswith(edited)}.items() <= kept.items()
    space = Workspace.open(work)
    there = {name for name in space.manifest().artefacts if space.exists(name)}
    # A model that is trained on has its name back at the end.
    assert set(space.manifest().artefacts) - there <= {"model"}
    disk.resize(1 << 30)
    again, _, said = start(words, work)
    assert again == 0, said
    assert contents(work) == contents(whole)
    assert not leftovers(work)
    return True


def test_a_full_disk_ends_in_one_line_and_is_gone_on_from(jobs: Jobs, disk: Disk) -> None:
    assert fills("align", 0.5, 2, jobs, disk)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("stage", [*STAGES, "evaluate", "faces"])
def test_a_disk_that_gets_full_in_any_stage(
    stage: str, part: float, jobs: Jobs, disk: Disk
) -> None:
    workers = 2 if stage in ("detect", "align", "evaluate") else 1
    full = fills(stage, part, workers, jobs, disk)
    # A stage that writes little may still find room.
    assert full or part > 0
    print(f"{stage} with {part:.0%} of the room: {'full' if full else 'enough'}")


def test_too_little_room_is_said_before_a_stage_begins(jobs: Jobs, disk: Disk) -> None:
    work = disk.place / "work"
    subprocess.run(["cp", "-a", jobs.before("align"), work], check=True)
    before = sorted(work.rglob("*"))
    disk.fill(1 << 20)
    code, _, said = start(words_of("align", work), work)
    assert code == 3
    assert len(said.splitlines()) == 1
    assert "align source needs about" in said and "are free: make room for" in said
    assert sorted(work.rglob("*")) == before


def test_a_film_that_does_not_fit_leaves_nothing_behind(
    disk: Disk, faceswap: Run, talking_clip: Path, other_clip: Path
) -> None:
    disk.fill(300_000)
    words = (
        "new",
        disk.place / "work",
        "--no-consent-record",
        "--source",
        other_clip,
        "--target",
        talking_clip,
    )
    done = faceswap(*words)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1 and "no room left" in done.stderr
    assert not list(disk.place.iterdir())
    disk.resize(1 << 30)
    assert faceswap(*words).returncode == 0


def test_a_full_disk_does_not_keep_from_looking(job: Path, disk: Disk, faceswap: Run) -> None:
    work = disk.place / "work"
    subprocess.run(["cp", "-a", job, work], check=True)
    (work / "lock").unlink(missing_ok=True)
    disk.fill(0)
    assert faceswap("status", work).returncode == 0
    done = faceswap("run", work, *FEW_STEPS)
    # All is fresh; only the lock's file has no room.
    assert done.returncode in (0, 3) and len(done.stderr.splitlines()) <= 1, done.stderr

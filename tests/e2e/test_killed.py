"""A job killed anywhere ends as one that was not."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import FEW_STEPS, Run
from .contents import contents, leftovers
from .killing import AFTER, ALL, STAGES, Jobs, start, words_of

#: Kills at operations on the disk, in the long run.
KILLS = {
    "extract": 24,
    "detect": 16,
    "people": 16,
    "align": 24,
    "warp": 16,
    "train": 36,
    "convert": 28,
    "merge": 24,
    "evaluate": 6,
    "sort": 12,
    "faces": 10,
}
#: Of these, so many hit one job, one after the other.
CHAIN = 4


def kill_after(seconds: float, work: Path, *words: str) -> bool:
    """Starts the job and kills its whole group; whether it was still running."""
    command = [sys.executable, "-m", "cli", "run", str(work), *words]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, start_new_session=True, **quiet)
    time.sleep(seconds)
    running = process.poll() is None
    if running:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return running


def begin(work: Path, job: Path, faceswap: Run) -> None:
    films = [next((job / side / "media").iterdir()) for side in ("source", "target")]
    faceswap("new", work, "--no-consent-record", "--source", films[0], "--target", films[1])


def test_killed_over_and_over_gives_the_same(job: Path, tmp_path: Path, faceswap: Run) -> None:
    work = tmp_path / "work"
    begin(work, job, faceswap)
    chance = random.Random(5)
    kills = sum(kill_after(chance.uniform(1.0, 7.0), work, *FEW_STEPS) for _ in range(4))
    done = faceswap("run", work, *FEW_STEPS)
    assert done.returncode == 0, done.stderr
    assert kills
    assert contents(work) == contents(job)


@pytest.mark.parametrize("stage", ["extract", "align"])
def test_killed_at_operations_on_the_disk_gives_the_same(
    stage: str, jobs: Jobs, tmp_path: Path
) -> None:
    jobs.kill(stage, tmp_path / "work", CHAIN, seed=0)
    assert jobs.kills[stage] >= CHAIN - 1


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("stage", KILLS)
def test_killed_at_many_operations_of_each_stage_gives_the_same(
    stage: str, jobs: Jobs, tmp_path: Path
) -> None:
    for seed in range(1, 1 + 2 * KILLS[stage] // CHAIN):
        left = KILLS[stage] - jobs.kills.get(stage, 0)
        if left > 0:
            jobs.kill(stage, tmp_path / "work", min(CHAIN, left), seed)
    assert jobs.kills[stage] >= KILLS[stage]
    print(f"{stage}: {jobs.kills[stage]} kills at {len(jobs.operations(stage))} operations")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("stage", STAGES)
def test_killed_at_any_moment_of_each_stage_gives_the_same(
    stage: str, jobs: Jobs, tmp_path: Path, faceswap: Run
) -> None:
    work, chance = tmp_path / "work", random.Random(stage)
    subprocess.run(["cp", "-a", jobs.before(stage), work], check=True)
    words = [*ALL[2:], "--until", stage]
    slow = 12.0 if stage in ("train", "convert") else 3.0
    kills = sum(kill_after(chance.uniform(0.4, slow), work, *words) for _ in range(8))
    done = faceswap("run", work, *words)
    assert done.returncode == 0, done.stderr
    assert contents(work) == contents(jobs.whole(stage))
    assert not leftovers(work)
    print(f"{stage}: {kills} kills by time, workers and all")


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("stage", [*STAGES, *AFTER])
def test_after_a_power_cut_in_each_stage_the_job_ends_the_same(
    stage: str, jobs: Jobs, tmp_path: Path
) -> None:
    for seed in range(100, 104):
        jobs.kill(stage, tmp_path / "work", 2, seed, cut=True)
    print(f"{stage}: {jobs.kills[stage]} power cuts and kills")


def test_what_is_said_to_be_done_is_on_the_disk(jobs: Jobs, tmp_path: Path) -> None:
    """Renames, journals' lines and the manifest, of the stages that need no network."""
    _in_order("align", jobs.before("extract"), tmp_path / "work")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("stage", ["merge", *AFTER])
def test_what_is_said_to_be_done_is_on_the_disk_in_all_stages(
    stage: str, jobs: Jobs, tmp_path: Path
) -> None:
    before = jobs.before("extract" if stage == "merge" else stage)
    _in_order(stage, before, tmp_path / "work")


def _in_order(stage: str, before: Path, work: Path) -> None:
    subprocess.run(["cp", "-a", before, work], check=True)
    code, report, said = start(words_of(stage, work), work, check=True)
    assert code == 0, said
    assert len(report["operations"]) >= 20
    assert not report["wrong"]
    print(f"{stage}: {len(report['operations'])} operations in order")


def test_a_sync_that_is_left_out_would_be_noticed(jobs: Jobs, tmp_path: Path) -> None:
    work = tmp_path / "work"
    subprocess.run(["cp", "-a", jobs.before("align"), work], check=True)
    _, report, _ = start(words_of("align", work), work, check=True, deaf=".png")
    assert any("crops.jsonl comes before" in text for text in report["wrong"])


def test_two_at_once_are_refused(job: Path, faceswap: Run, tmp_path: Path) -> None:
    work = tmp_path / "work"
    begin(work, job, faceswap)
    faceswap("run", work, *FEW_STEPS, "--until", "warp")
    command = [sys.executable, "-m", "cli", "train", str(work), "--minutes", "5"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as first:
        while not (work / "lock").exists() or not (work / "lock").read_text():
            time.sleep(0.1)
        second = faceswap("run", work, *FEW_STEPS)
        first.kill()
    assert second.returncode == 3
    assert f"process {first.pid}" in second.stderr and "(`faceswap train`) since" in second.stderr

"""A job killed in each of its stages ends as one that was not."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from .conftest import FEW_STEPS, Run


def contents(work: Path) -> dict[str, str]:
    """What a job made, but for times, counters and notes of when."""
    made = [
        "source/frames.json",
        "target/faces.jsonl",
        "target/faces/crops.jsonl",
        "target/pairs/faces.npy",
        "model/weights.safetensors",
        "swapped/faces.npy",
        "swapped/differences.npy",
        "swapped/occlusion.npy",
        "output.mp4",
        "output.json",
    ]
    return {name: hashlib.sha256((work / name).read_bytes()).hexdigest() for name in made}


def kill_after(seconds: float, work: Path, *words: str) -> bool:
    """Starts the job and kills its whole group; whether it was still running."""
    command = [sys.executable, "-m", "cli", "run", str(work), *FEW_STEPS, *words]
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
    kills = sum(kill_after(chance.uniform(1.0, 7.0), work) for _ in range(4))
    done = faceswap("run", work, *FEW_STEPS)
    assert done.returncode == 0, done.stderr
    assert kills
    assert contents(work) == contents(job)


@pytest.mark.slow
@pytest.mark.parametrize(
    "stage", ["extract", "detect", "people", "align", "warp", "train", "convert", "merge"]
)
def test_killed_in_each_stage_gives_the_same(
    stage: str, job: Path, tmp_path: Path, faceswap: Run
) -> None:
    work = tmp_path / "work"
    begin(work, job, faceswap)
    names = ["extract", "detect", "people", "align", "warp", "train", "convert", "merge"]
    if stage != "extract":
        before = names[names.index(stage) - 1]
        assert faceswap("run", work, *FEW_STEPS, "--until", before).returncode == 0
    for seconds in (0.6, 0.9, 1.3, 1.8, 2.5, 3.5, 5.0):
        kill_after(seconds, work, "--until", stage)
    done = faceswap("run", work, *FEW_STEPS)
    assert done.returncode == 0, done.stderr
    assert contents(work) == contents(job)


def test_ctrl_c_keeps_what_was_done(job: Path, tmp_path: Path, faceswap: Run) -> None:
    work = tmp_path / "work"
    begin(work, job, faceswap)
    faceswap("run", work, *FEW_STEPS, "--until", "warp")
    command = [sys.executable, "-m", "cli", "train", str(work), "--minutes", "5", "--batch", "2"]
    history = work / "model.partial/history.jsonl"
    # Tests that run in the background ignore Ctrl-C, and what they start would do so too.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    pipe = {"stderr": subprocess.PIPE, "text": True, "preexec_fn": heed}
    with subprocess.Popen(command, **pipe) as process:
        deadline = time.monotonic() + 120
        # Its first line is written when the first steps are done.
        while not (history.exists() and history.read_text()) and time.monotonic() < deadline:
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run the same command to go on" in said and "Traceback" not in said
    assert list((work / "model.partial/checkpoints").iterdir())


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
    assert f"process {first.pid}" in second.stderr

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .killing import Jobs

Run = Callable[..., subprocess.CompletedProcess[str]]

#: Enough to run every line of training; the pictures it makes are noise.
FEW_STEPS = ("--model", "lite", "--iterations", "6", "--minutes", "0", "--batch", "4")


@pytest.fixture(scope="session")
def faceswap() -> Run:
    """Runs the program as its users do; gives exit code and output."""

    def run(*words: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cli", *map(str, words)]
        environment = {**os.environ, **more}
        return subprocess.run(command, capture_output=True, text=True, env=environment)

    return run


@pytest.fixture(scope="session")
def job(
    faceswap: Run,
    tmp_path_factory: pytest.TempPathFactory,
    short_clip: Callable[..., Path],
    talking_clip: Path,
    other_clip: Path,
) -> Path:
    """A workspace in which the whole job was done on two short real films."""
    work = tmp_path_factory.mktemp("jobs") / "job"
    source, target = short_clip(other_clip, 10), short_clip(talking_clip, 20)
    assert (
        faceswap(
            "new", work, "--no-consent-record", "--source", source, "--target", target
        ).returncode
        == 0
    )
    done = faceswap("run", work, *FEW_STEPS)
    assert done.returncode == 0, done.stderr
    # Libraries say nothing of themselves.
    assert "absl" not in done.stderr and "oneDNN" not in done.stderr
    return work


@pytest.fixture(scope="session")
def jobs(
    tmp_path_factory: pytest.TempPathFactory,
    short_clip: Callable[..., Path],
    talking_clip: Path,
    other_clip: Path,
    faceswap: Run,
) -> Jobs:
    def new(work: Path) -> None:
        clips = short_clip(other_clip, 10), short_clip(talking_clip, 20)
        made = faceswap(
            "new", work, "--no-consent-record", "--source", clips[0], "--target", clips[1]
        )
        assert made.returncode == 0, made.stderr

    return Jobs(tmp_path_factory.mktemp("kept"), new)

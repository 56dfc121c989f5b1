"""The whole program on workspaces of which a file was spoiled: it works, or says why in a line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import cli

ROOT = Path(__file__).parents[2]
#: Spoiled workspaces in the suite, and in its long variant.
FEW, MANY = 24, 1000
#: Of these, in one process: each network that it builds is kept by TensorFlow.
AT_ONCE = 100
SETTINGS = """\
[align]
size = 64
[train]
model = "lite"
iterations = 2
minutes = 0
batch = 2
set = ["size=64", "latent=8", "width=8"]
"""
#: What is spoiled where nothing was trained.
UNTRAINED = (
    "faceswap.toml,manifest.json,lock,*/frames.json,*/faces.jsonl,*/people.toml,"
    "*/people/known.json,*/faces/crops.jsonl,*/left_out.json"
)


def make(folder: Path, clips: list[Path], until: str) -> Path:
    work = folder / "job"
    films = ["--source", str(clips[0]), "--target", str(clips[1]), "--no-consent-record"]
    assert cli.main(["new", str(work), *films]) == 0
    (work / "faceswap.toml").write_text(SETTINGS)
    assert cli.main(["run", str(work), "--until", until]) == 0
    return work


@pytest.fixture(scope="module")
def clips(short_clip, talking_clip, other_clip):
    return [short_clip(other_clip, 6, 240), short_clip(talking_clip, 8, 240)]


def run(work: Path, count: int, folder: Path, *more: str) -> str:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz.cli_run", str(work), "1", str(count), str(folder)]
    done = subprocess.run([*command, *more], capture_output=True, text=True, cwd=ROOT)
    bad = [line for line in done.stdout.splitlines() if line.startswith("BAD")]
    assert done.returncode == 0, "\n".join(bad) + done.stderr[-2000:]
    return done.stdout


def test_a_spoiled_workspace_is_worked_on_or_refused_in_a_line(clips, tmp_path):
    work = make(tmp_path, clips, "align")
    said = run(work, FEW, tmp_path / "out", "--kinds", UNTRAINED)
    # Some are refused, and some are not.
    assert " 3 (" in said
    assert " 0 0 0" in said


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_many_spoiled_workspaces_are_worked_on_or_refused_in_a_line(clips, tmp_path):
    work = make(tmp_path, clips, "merge")
    for first in range(0, MANY, AT_ONCE):
        run(work, AT_ONCE, tmp_path / "out", "--first", str(first))

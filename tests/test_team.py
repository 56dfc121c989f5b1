from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dask_for_tests import _free_port as free_port
from faceswap.data.dataset import SIDES, WarpedPairs
from faceswap.data.lesson import Lesson
from faceswap.data.packed import PackedFaces
from faceswap.errors import BadOption
from faceswap.training.team import Team, follows
from faceswap.workspace import Workspace
from stages.align import Align
from stages.detect import Detect
from stages.extract import Extract
from stages.people import People
from stages.train import Train
from stages.warp import Warp

ROOT = Path(__file__).parents[1]
TWO = {"cluster": {"worker": ["a:1", "b:1"]}}
OPTIONS = (
    *("--model", "lite", "--set", "size=64", "--set", "width=8", "--batch", "4", "--minutes", "0"),
    *("--precision", "float32", "--preview-every", "60"),
)


def test_who_follows_is_told_by_the_environment() -> None:
    assert not follows("")
    assert not follows(json.dumps(TWO | {"task": {"type": "worker", "index": 0}}))
    assert follows(json.dumps(TWO | {"task": {"type": "worker", "index": 1}}))
    chief = {"cluster": {"chief": ["c:1"], "worker": ["a:1"]}}
    assert follows(json.dumps(chief | {"task": {"type": "worker", "index": 0}}))
    assert not follows(json.dumps(chief | {"task": {"type": "chief", "index": 0}}))
    for wrong in ("x", "[]", '{"task": {}}', '{"task": {"type": "worker", "index": null}}'):
        with pytest.raises(BadOption, match=r"TF_CONFIG is not as in docs/cluster.md"):
            follows(wrong)


def test_steps_have_to_be_given() -> None:
    for wrong in ({"iterations": 5}, {"minutes": 0, "iterations": 0}):
        with pytest.raises(BadOption, match="--iterations"):
            Train(model="lite", strategy="multiworker", **wrong).validate()
    Train(model="lite", strategy="multiworker", iterations=5, minutes=0).validate()


@pytest.fixture(scope="module")
def ready(
    tmp_path_factory: pytest.TempPathFactory, talking_clip: Path, short_clip: Callable[..., Path]
) -> Workspace:
    """A workspace that can be trained on."""
    film = short_clip(talking_clip, 20, 320)
    work = Workspace.create(tmp_path_factory.mktemp("team") / "work", [film], [film])
    for side in SIDES:
        stages = (Extract(), Detect(workers=1), People(), Align(size=128, workers=1), Warp())
        for stage in stages:
            stage.run(work.on(side))
    return work


def test_parts_are_the_whole(ready: Workspace) -> None:
    sides = {side: PackedFaces(ready.require(f"{side}/pairs")) for side in SIDES}
    pairs = WarpedPairs(sides, 64, 4, lesson=Lesson(expression=True, mask=True))
    whole = next(pairs.after(3))
    parts = [next(Team(n, 1, 2).part(pairs).after(3)) for n in range(2)]
    for kind in range(3):
        for side in SIDES:
            halves = [part[kind][side] for part in parts]
            np.testing.assert_array_equal(np.concatenate(halves), whole[kind][side])
    # Of each part, first those of its source's faces.
    told = whole[1]["expression"]
    np.testing.assert_array_equal(parts[0][1]["expression"], told[[0, 1, 4, 5]])
    np.testing.assert_array_equal(parts[1][1]["expression"], told[[2, 3, 6, 7]])
    joined = next(Team(0, 2, 2).part(pairs).after(3))
    np.testing.assert_array_equal(joined[1]["expression"], told[[0, 1, 4, 5, 2, 3, 6, 7]])


def test_a_batch_without_equal_parts_is_refused() -> None:
    with pytest.raises(BadOption, match="a batch of 4 faces has no 3 equal parts: give --batch 6"):
        Team(0, 1, 3).part(WarpedPairs({}, 64, 4))


def begun(work: Path, *words: str, devices: int = 1, **more: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "tests/learning.py"), str(devices), str(work), *OPTIONS]
    environ = os.environ | {"PYTHONPATH": str(ROOT)} | more
    return subprocess.Popen([*command, *words], env=environ, stderr=subprocess.PIPE, text=True)


def both(work: Path, *words: str) -> list[subprocess.Popen[str]]:
    """The two processes of a training."""
    hosts = {"cluster": {"worker": [f"127.0.0.1:{free_port()}" for _ in range(2)]}}
    told = [json.dumps(hosts | {"task": {"type": "worker", "index": n}}) for n in range(2)]
    words = ("--strategy", "multiworker", *words)
    return [begun(work, *words, TF_CONFIG=one) for one in told]


def losses(work: Path) -> list[dict[str, float]]:
    lines = (work / "model/history.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    return [{k: v for k, v in row.items() if k.endswith("loss")} for row in rows if "loss" in row]


def copies(ready: Workspace, folder: Path, *names: str) -> list[Path]:
    return [Path(shutil.copytree(ready.root, folder / name)) for name in names]


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=200)
    return process.returncode, said


@pytest.mark.slow
def test_two_processes_learn_what_one_does(ready: Workspace, tmp_path: Path) -> None:
    alone, shared = copies(ready, tmp_path, "alone", "shared")
    for steps in ("60", "110"):
        # The second time, both go on from the first one's checkpoint.
        assert ended(begun(alone, "--iterations", steps, "--finish", "0")) == (0, "")
        done = [ended(p) for p in both(shared, "--iterations", steps, "--finish", "0")]
        assert done == [(0, ""), (0, "")]
    for one, two in zip(losses(alone), losses(shared), strict=True):
        assert two == pytest.approx(one, rel=2e-3)


@pytest.mark.slow
def test_two_devices_learn_what_one_does(ready: Workspace, tmp_path: Path) -> None:
    alone, shared = copies(ready, tmp_path, "alone", "shared")
    words = ("--iterations", "60", "--finish", "0")
    assert ended(begun(alone, *words))[0] == 0
    assert ended(begun(shared, *words, "--strategy", "mirrored", devices=2))[0] == 0
    for one, two in zip(losses(alone), losses(shared), strict=True):
        assert two == pytest.approx(one, rel=2e-3)


@pytest.mark.slow
def test_a_process_that_goes_away_ends_the_others_in_one_line(
    ready: Workspace, tmp_path: Path
) -> None:
    (shared,) = copies(ready, tmp_path, "shared")
    chief, other = both(shared, "--iterations", "100000")
    history = shared / "model.partial/history.jsonl"
    deadline = time.monotonic() + 120
    while not (history.exists() and history.read_text()) and time.monotonic() < deadline:
        time.sleep(0.2)
    other.send_signal(signal.SIGKILL)
    ended(other)
    code, said = ended(chief)
    assert code == 3 and said.startswith("error: another process of this training has gone away")
    assert said.count("\n") == 1


@pytest.mark.slow
def test_two_devices_step_as_one_with_every_option(tmp_path: Path) -> None:
    paths = {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    command = [sys.executable, str(ROOT / "tests/devices.py"), str(tmp_path / "out.npz")]
    subprocess.run(command, env=os.environ | paths, check=True, capture_output=True, timeout=200)
    found = np.load(tmp_path / "out.npz")
    half = len(found.files) // 2
    assert half == 15
    for n in range(half):
        np.testing.assert_allclose(found[f"one{n:02d}"], found[f"two{n:02d}"], atol=2e-5)

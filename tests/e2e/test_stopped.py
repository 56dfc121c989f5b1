"""Told to stop, every stage ends within two seconds, and can be gone on from."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from .conftest import FEW_STEPS, Run
from .contents import contents, leftovers
from .killing import AFTER, STAGES, Jobs, words_of

#: Seconds in which a process that is told to stop has ended.
SOON = 2.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Seconds after the program listens, in imports and in the midst of work.
MOMENTS = (0.0, 0.3, 0.8, 1.5, 2.5, 5.0)


class Stopped(NamedTuple):
    """How a process ended: seconds it took, exit code, what it said; 0 s if it was done before."""

    seconds: float
    code: int
    said: str


def begun(words: Sequence[str | Path]) -> subprocess.Popen[str]:
    """The program, in a group of its own, heeding Ctrl-C."""
    # Tests that run in the background ignore Ctrl-C, and what they start would do so too.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen(
        [sys.executable, "-m", "cli", *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed,
        start_new_session=True,
    )


def told(
    process: subprocess.Popen[str], number: int, group: bool = True, times: int = 1
) -> Stopped:
    """Sends a signal as a terminal does, to the whole group, and waits for the end."""
    began = time.monotonic()
    for _ in range(times):
        if process.poll() is None:
            (os.killpg if group else os.kill)(process.pid, number)
            time.sleep(0.05 if times > 1 else 0)
    _, said = process.communicate(timeout=60)
    took = time.monotonic() - began
    left = alone(process.pid)
    assert not left, f"workers outlive the program: {left}"
    return Stopped(took, process.returncode, said)


def alone(group: int) -> list[str]:
    """What of a group is still there a moment after its leader is gone."""
    for _ in range(50):
        if not members(group):
            return []
        time.sleep(0.02)
    return members(group)


def members(group: int) -> list[str]:
    """The processes of a group."""
    return [p.parent.name for p in Path("/proc").glob("[0-9]*/stat") if _group(p) == group]


def _group(path: Path) -> int:
    try:
        fields = path.read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[2]) if fields[0] != "Z" else 0


def listens(process: int) -> bool:
    """Whether the program's own handlers are there; before that, signals do as to any Python."""
    status = Path(f"/proc/{process}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def wait_for(there: Callable[[], object], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not there() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)


@pytest.fixture(scope="session")
def long_jobs(
    tmp_path_factory: pytest.TempPathFactory, talking_clip: Path, other_clip: Path, faceswap: Run
) -> Jobs:
    """As `jobs`, of whole films: stages take long enough to be stopped in the midst of work."""

    def new(work: Path) -> None:
        made = faceswap(
            "new", work, "--no-consent-record", "--source", other_clip, "--target", talking_clip
        )
        assert made.returncode == 0, made.stderr

    return Jobs(tmp_path_factory.mktemp("long"), new)


def detecting(job: Path, work: Path) -> subprocess.Popen[str]:
    """A detection that takes long, in workers that are in the midst of it."""
    subprocess.run(["cp", "-a", job, work], check=True)
    words = ["--side", "target", "--detector", "cnn", "--search-every", "1", "--workers", "2"]
    process = begun(["detect", work, *words])
    wait_for(lambda: len(members(process.pid)) > 2, process)
    # They import TensorFlow, and load the network.
    time.sleep(3)
    return process


def test_ctrl_c_ends_workers_too(long_jobs: Jobs, tmp_path: Path) -> None:
    done = told(detecting(long_jobs.before("detect"), tmp_path / "work"), signal.SIGINT)
    assert done.code == 130 and done.seconds < SOON
    said = "stopped: what was done is kept; run the same command to go on"
    assert done.said.split("\n") == ["", said, ""]


def test_ctrl_c_keeps_what_was_learnt(job: Path, tmp_path: Path, faceswap: Run) -> None:
    work = tmp_path / "work"
    subprocess.run(["cp", "-a", job, work], check=True)
    words = ("train", work, "--minutes", "5", "--iterations", "0", "--batch", "2")
    process = begun(words)
    history = work / "model.partial/history.jsonl"
    # Its first line of this run is written when the first steps are done.
    before = (job / "model/history.jsonl").read_text().count("\n")
    wait_for(lambda: history.exists() and history.read_text().count("\n") > before, process)
    # A second Ctrl-C, and a third, change nothing.
    done = told(process, signal.SIGINT, times=3)
    # How soon is measured by the long test: other tests may keep the disk busy here.
    assert done.code == 130
    assert "run the same command to go on" in done.said and "Traceback" not in done.said
    (kept, *_) = sorted((work / "model.partial/checkpoints").iterdir(), reverse=True)
    # Where the disk is slow, what is lost is said.
    learnt = kept.name.isdigit() and int(kept.name) > int(FEW_STEPS[3])
    assert learnt or f"since step {int(FEW_STEPS[3])} are lost" in done.said


def test_a_killed_parent_takes_its_workers_along(long_jobs: Jobs, tmp_path: Path) -> None:
    process = detecting(long_jobs.before("detect"), tmp_path / "work")
    time.sleep(0.5)
    assert told(process, signal.SIGKILL, group=False).code == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("stage", [*STAGES, *AFTER])
def test_each_stage_ends_soon_after_each_signal(
    stage: str, long_jobs: Jobs, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    seconds: dict[str, list[float]] = {}
    for turn, number in enumerate(SIGNALS):
        for moment in MOMENTS:
            subprocess.run(["cp", "-a", long_jobs.before(stage), work], check=True)
            process = begun([str(1 + turn % 2) if w == "1" else w for w in words_of(stage, work)])
            wait_for(lambda: listens(process.pid), process)  # noqa: B023
            time.sleep(moment)
            if process.poll() is None:
                done = told(process, number, group=turn % 2 == 0)
                seconds.setdefault(number.name, []).append(done.seconds)
                assert done.seconds < SOON, (number, moment, done)
                # Python ends itself by SIGINT, which shells call 130 too, where a library's own
                # code was interrupted in an import.
                assert done.code in (130, -signal.SIGINT), (number, moment, done)
                assert "Traceback" not in done.said, (number, moment, done)
            else:
                process.communicate()
            subprocess.run(["rm", "-rf", work], check=True)
    said = ", ".join(f"{n} {len(t)} times, at most {max(t):.2f} s" for n, t in seconds.items())
    print(f"{stage}: {said}")
    assert seconds


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("stage", STAGES)
def test_stopped_over_and_over_gives_the_same(stage: str, long_jobs: Jobs, tmp_path: Path) -> None:
    work = tmp_path / "work"
    subprocess.run(["cp", "-a", long_jobs.before(stage), work], check=True)
    for number, moment in zip(SIGNALS, MOMENTS[2:5], strict=True):
        process = begun(words_of(stage, work))
        time.sleep(moment)
        told(process, number)
    done = begun(words_of(stage, work))
    _, said = done.communicate()
    assert done.returncode == 0, said
    assert contents(work) == contents(long_jobs.whole(stage))
    assert not leftovers(work)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("moment", ["in a step", "in a checkpoint"])
def test_a_network_too_large_to_be_saved_at_once(job: Path, tmp_path: Path, moment: str) -> None:
    """82 million weights: a checkpoint is a gigabyte."""
    work = tmp_path / "work"
    subprocess.run(["cp", "-a", job, work], check=True)
    subprocess.run(["rm", "-rf", work / "model"], check=True)
    words = ["train", work, "--model", "original", "--minutes", "9", "--batch", "8"]
    process = begun([*words, "--checkpoint-every", "0.1"])
    sets = work / "model.partial/checkpoints"
    wait_for(lambda: any(p.name.isdigit() for p in sets.glob("*")), process)
    kept = {p.name for p in sets.glob("*") if p.name.isdigit()}
    if moment == "in a step":
        time.sleep(3)
    else:
        wait_for(lambda: any(sets.glob("*.partial")), process)
    done = told(process, signal.SIGINT)
    left = {p.name for p in sets.glob("*") if p.name.isdigit()}
    print(f"original, {moment}: {done.seconds:.2f} s, {sorted(left)}, {done.said.strip()}")
    assert done.code == 130 and done.seconds < SOON
    assert kept and max(left) >= max(kept)
    again = subprocess.run(
        [sys.executable, "-m", "cli", *map(str, words[:-4]), "--minutes", "0.01", "--batch", "8"],
        capture_output=True,
        text=True,
    )
    assert again.returncode == 0, again.stderr

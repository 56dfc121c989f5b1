"""Jobs to be killed: stages before each of which a workspace is kept, and runs that end early."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .contents import contents, leftovers

ROOT = Path(__file__).parents[2]
STAGES = ("extract", "detect", "people", "align", "warp", "train", "convert", "merge")
#: A small network, a checkpoint a step, and everything that stages write by option.
ALL = (
    *("--workers", "1", "--images", "png", "--mask-images", "--mask-video", "--model", "lite"),
    *("--set", "size=64", "--set", "width=8", "--set", "latent=16", "--batch", "4"),
    *("--iterations", "6", "--minutes", "0", "--keep", "best", "--measure-every", "2"),
    *("--checkpoint-every", "0", "--preview-every", "0"),
)
#: Stages that are not part of `run`, on a job that is done.
AFTER = {
    "evaluate": ("evaluate", "--workers", "1"),
    "sort": ("sort", "--by", "descriptor", "--out", "3-5", "--move", "--workers", "1"),
    "faces": ("faces", "--drop", "3-5"),
}


def words_of(stage: str, work: Path) -> list[str]:
    """The command that does a stage with all its options, and what it needs before."""
    if stage in AFTER:
        name, *rest = AFTER[stage]
        return [name, str(work), *rest]
    return ["run", str(work), *ALL, "--until", stage]


def start(words: Sequence[str], work: Path, **plan: Any) -> tuple[int, dict[str, Any], str]:
    """Runs the program on a disk with faults; gives exit code, report, and what it said."""
    with tempfile.TemporaryDirectory() as folder:
        # Not beside the workspace, whose disk may be full.
        report = Path(folder) / "report"
        text = json.dumps({"root": str(work), "report": str(report), **plan})
        command = [sys.executable, "tests/faults.py", text, *words]
        where = {"cwd": ROOT, "env": {**os.environ, "PYTHONPATH": str(ROOT)}}
        done = subprocess.run(command, capture_output=True, text=True, **where)
        found = json.loads(report.read_text()) if report.exists() else {}
    shutil.rmtree(work.with_name(f"{work.name}.aside"), ignore_errors=True)
    return done.returncode, found, done.stderr


@dataclass
class Jobs:
    """One job, kept as it is before each of its stages.

    Attributes:
        folder: Where they lie.
        new: Makes the workspace at a path.
        kills: How many processes were killed, by stage.
    """

    folder: Path
    new: Callable[[Path], None]
    kills: dict[str, int] = field(default_factory=dict)

    def before(self, stage: str) -> Path:
        """The workspace in which everything before a stage is done."""
        place = self.folder / stage
        if not place.exists():
            if stage == STAGES[0]:
                self.new(place)
            else:
                before = STAGES[STAGES.index(stage) - 1] if stage in STAGES else STAGES[-1]
                shutil.copytree(self.whole(before), place)
        return place

    def whole(self, stage: str) -> Path:
        """The workspace in which a stage was done without a fault."""
        place = self.folder / f"{stage}.whole"
        if not place.exists():
            shutil.copytree(self.before(stage), place)
            code, report, said = start(words_of(stage, place), place)
            assert code == 0, said
            (self.folder / f"{stage}.json").write_text(json.dumps(report["operations"]))
        return place

    def operations(self, stage: str) -> list[str]:
        """What a stage does to the disk, in order, when nothing happens."""
        self.whole(stage)
        found: list[str] = json.loads((self.folder / f"{stage}.json").read_text())
        return found

    def kill(self, stage: str, work: Path, count: int, seed: int, cut: bool = False) -> None:
        """Does a stage in `work`, killed up to `count` times, and compares with the whole one.

        The first kills fall into the beginning of what is left, so that there is something left
        for those that follow.
        """
        chance = random.Random(f"{stage} {seed}")
        total = len(self.operations(stage))
        shutil.copytree(self.before(stage), work)
        words = words_of(stage, work)
        for left in range(count, 0, -1):
            plan = {"at": chance.randint(1, max(1, total // left)), "when": _when(chance)}
            if cut:
                plan |= {"cut": chance.choice(("empty", "half", "zeros", "gone"))}
                plan |= {"names": chance.random() < 0.5}
            code, _, said = start(words, work, **plan)
            if code == 0:
                break
            assert code == -signal.SIGKILL, said
            total -= plan["at"]
            self.kills[stage] = self.kills.get(stage, 0) + 1
        code, _, said = start(words, work)
        assert code == 0, f"{plan}: {said}"
        assert contents(work) == contents(self.whole(stage)), plan
        assert not leftovers(work), plan
        shutil.rmtree(work)


def _when(chance: random.Random) -> str:
    return chance.choice(("before", "after", "torn"))

"""The whole tool on one film: every stage through the command line, in this process."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import cli
from faceswap.detection.faces import FrameFaces
from faceswap.films.frame_index import FrameIndex
from faceswap.storage.journal import Journal
from faceswap.workspace import Workspace

#: Enough to run every line of training; the faces it draws are unlike the target's.
FEW_STEPS = ("--model", "lite", "--iterations", "8", "--minutes", "0", "--batch", "4")
STAGES = ("extract", "detect", "people", "align")


@dataclass(frozen=True)
class Made:
    """What came of a film: the workspace, and what the commands said on stderr."""

    root: Path
    said: str

    @property
    def index(self) -> FrameIndex:
        """The target's frames."""
        return FrameIndex.load(self.root / "target" / "frames.json")

    @property
    def output(self) -> Path:
        """The film or folder that merge made."""
        return Workspace.open(self.root).path("output")

    @property
    def faces(self) -> list[FrameFaces]:
        """The target's faces, frame by frame."""
        return list(Journal(self.root / "target" / "faces.jsonl", FrameFaces))


def run(*words: str | Path) -> int:
    """The exit code of a command."""
    consent = ["--no-consent-record"] if words[0] == "new" else []
    return cli.main([*map(str, words), *consent])


def train(root: Path, source: Path, target: Path) -> Path:
    """The folder of a model trained a little on two films."""
    assert run("new", root, "--source", source, "--target", target) == 0
    assert run("run", root, "--until", "train", "--workers", "1", *FEW_STEPS, "-q") == 0
    return root / "model"


def new(root: Path, source: Path, target: Path, model: Path) -> Path:
    """A workspace with a film to swap a face in, and a model to do it with."""
    assert run("new", root, "--source", source, "--target", target, "-q") == 0
    shutil.copytree(model, root / "model")
    return root


def swap(root: Path, extract: tuple[str, ...] = (), merge: tuple[str, ...] = ()) -> None:
    """Does every stage on the target."""
    more = {"extract": extract, "detect": ("--workers", "1"), "align": ("--workers", "1")}
    for stage in STAGES:
        assert run(stage, root, "--side", "target", "-q", *more.get(stage, ())) == 0, stage
    assert run("convert", root, "-q") == 0
    assert run("merge", root, "-q", *merge) == 0

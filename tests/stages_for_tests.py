"""Two small stages, enough to see what is fresh: frames of media, and faces of frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from faceswap.options import option
from faceswap.stage import Progress, Stage, Summary, silent
from faceswap.workspace import Workspace


@dataclass(frozen=True)
class Index(Stage):
    """Writes which media there are."""

    reads = ("media",)
    writes = ("frames",)
    per_side = True
    version: ClassVar[int] = 1

    every: int = option(1, "Keep one in this many.", low=1)
    workers: int = option(0, "Processes.", low=0, affects="nothing")
    bytes_needed: int = option(0, "Bytes it says that it needs.", affects="nothing")

    def needs(self, work: Workspace) -> int:
        """What it is told to say."""
        return self.bytes_needed

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Adds to what is there, as a stage does that goes on from a partial artefact."""
        names = sorted(p.name for p in work.require("media").iterdir())
        with work.making("frames") as path:
            before = path.read_text() if path.exists() else ""
            path.write_text(f"{before}{names} {self.every}\n" + " " * (self.every & ~255))
            if self.every == 13:
                raise KeyboardInterrupt
        return {"films": len(names)}


@dataclass(frozen=True)
class Find(Stage):
    """Writes something of the frames."""

    reads = ("frames",)
    uses = ("images",)
    writes = ("faces",)
    per_side = True

    detector: str = option("hog", "A detector.", choices=("hog", "cnn"))

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Copies the frames."""
        text = work.require("frames").read_text()
        with work.making("faces") as path:
            path.write_text(self.detector + text)
        return {"faces": len(text)}


@dataclass(frozen=True)
class Choose(Stage):
    """Writes what a person may edit."""

    reads = ("faces",)
    writes = ("people",)
    per_side = True

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """The same each time."""
        with work.making("people") as path:
            path.write_text("chosen\n")
        return {"persons": 1}


@dataclass(frozen=True)
class Follow(Stage):
    """Reads that."""

    reads = ("people",)
    writes = ("crops",)
    per_side = True

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Copies it."""
        with work.making("crops") as folder:
            (folder / "crops.jsonl").write_text(work.require("people").read_text())
        return {"crops": 1}


@dataclass(frozen=True)
class Learn(Stage):
    """Goes on from where it was."""

    reads = ("source/faces", "target/faces")
    writes = ("model",)
    continues = True

    steps: int = option(1, "Steps in all.", low=1, affects="effort")
    size: int = option(64, "Of the network.")

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Adds a line a step."""
        with work.making("model") as folder:
            path = folder / "steps"
            done = len(path.read_text().splitlines()) if path.exists() else 0
            with path.open("a") as file:
                file.writelines(f"{n}\n" for n in range(done, self.steps))
        return {"steps": self.steps, "done_before": done}

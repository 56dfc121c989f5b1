"""The course: every stage, run as a user runs it, on films that the bench makes or is given."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from faceswap import plugins
from faceswap.bench import measure, media
from faceswap.bench.rows import Row
from faceswap.workspace import SIDES

#: Steps of training that are timed, in whole segments of its history.
STEPS = {"original": 100, "lite": 300}
#: Faces a side on which the pace of a batch is measured, at least.
PACED = 256
#: What a stage's summary counts, by the unit that it is told in.
_COUNTS = {
    "warp": ("face", ("faces",), 1),
    "train": ("image", ("steps",), len(SIDES)),
    "convert": ("face", ("faces",), 1),
}


@dataclass(frozen=True)
class Setting:
    """What the stages are to work on.

    Attributes:
        frames: Of the films.
        height: Of the target.
        faces: In each of its frames.
        workers: Processes; 0: one a core.
        batch: Faces a side in training; 0: the model's own.
    """

    frames: int = 240
    height: int = 720
    faces: int = 1
    workers: int = 0
    batch: int = 0


@dataclass
class Course:
    """A workspace in which stages are timed.

    Args:
        program: The words that call faceswap.
        folder: An empty folder for films and workspace.
        setting: What they work on.
        film: A film to take as target; None: one is made.
        step: Told of each thing that is done.
    """

    program: Sequence[str]
    folder: Path
    setting: Setting
    film: Path | None = None
    step: Callable[[str], None] = field(default=lambda _: None)

    @property
    def target(self) -> Path:
        """The film that faces are put into."""
        return self.film or self.folder / "target.mp4"

    @property
    def work(self) -> Path:
        """The workspace."""
        return self.folder / "work"

    def prepare(self) -> None:
        """Makes the films, and the workspace of them."""
        ask = self.setting
        self.step("films")
        if self.film is None:
            media.make(self.target, ask.frames, ask.height, ask.faces)
        source = self.folder / "source.mp4"
        media.make(source, min(ask.frames, 120), 360, mirrored=True)
        words = ["--source", str(source), "--target", str(self.target), "--no-consent-record"]
        self._call("new", *words)

    def frames(self, *names: str) -> list[Row]:
        """The stages before training, of these names; `extract` has to be the first to be run."""
        return [self._frame_stage(name) for name in names]

    def _frame_stage(self, name: str) -> Row:
        workers = ["--workers", str(self.setting.workers)] if name in ("detect", "align") else []
        self._call(name, "--side", "source")
        row = self.stage(name, "--side", "target", *workers)
        if name == "detect":
            for side in ("source", "target"):
                self._call("people", "--side", side)
            # Whoever is in the film gets the face.
            everybody = self.work / "target" / "people.toml"
            text = everybody.read_text(encoding="utf-8")
            everybody.write_text(text.replace("swap = false", "swap = true"), encoding="utf-8")
        return row

    def train(self, model: str, steps: int = 0) -> Row:
        """Training, with the steps of its first segment left out."""
        row = self._trained(model, steps or STEPS.get(model, 100))
        history = (self.work / "model" / "history.jsonl").read_text(encoding="utf-8")
        told = [json.loads(line) for line in history.splitlines()]
        speeds = [line["images_s"] for line in told if "images_s" in line]
        batch = self.setting.batch or plugins.load("models", model).batch
        row.parts = {part: seconds / batch for part, seconds in row.parts.items()}
        row.stage, row.each = f"train {model}", 1 / statistics.median(speeds[1:] or speeds)
        return row

    def pace(self, model: str) -> Row:
        """Training, of a batch that is given: what some steps more take longer than two.

        So a batch of many takes a few steps, and not two whole segments of the history.
        """
        few, batch = 2, self.setting.batch
        more = max(4, PACED // batch)
        # A run of more than a minute would draw a preview that the shorter one does not.
        late = ("--preview-every", "60")
        short, row = (self._trained(model, steps, *late) for steps in (few, few + more))
        longer = row.each * (few + more) - short.each * few
        return replace(row, stage=f"train {model}", each=longer / (more * batch))

    def _trained(self, model: str, steps: int, *more: str) -> Row:
        """As a user trains; its time is told by the step, half of it for each side."""
        words = ["--model", model, "--iterations", str(steps), "--minutes", "0", "--restart"]
        words += ["--batch", str(self.setting.batch), "--force"]
        return self.stage("train", *words, *more)

    def stage(self, name: str, *words: str) -> Row:
        """A stage's row, without floor and plain way."""
        self.step(name)
        taken = self._call(name, *words)
        unit, keys, times = _COUNTS.get(name, ("frame", ("frames",), 1))
        said = taken.said
        count = times * sum(said["summary"][key] for key in keys)
        return Row(
            stage=name,
            unit=unit,
            each=said["seconds"] / count,
            start=taken.seconds - said["seconds"],
            parts={part: seconds / count for part, seconds in said["parts"].items()},
            cores=taken.processor / taken.seconds,
            peak=taken.peak,
        )

    def _call(self, name: str, *words: str) -> measure.Measured:
        return measure.command([*self.program, name, str(self.work), "--json", *words])

"""Training of a model that swaps: on both sides, from the last checkpoint until the first limit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from faceswap.data.dataset import SIDES, WarpedPairs
from faceswap.data.examples import examples
from faceswap.errors import Diverged
from faceswap.films.images import write_image
from faceswap.model import FaceModel, save
from faceswap.stage import Progress, Summary
from faceswap.training import training
from faceswap.training.best import Best
from faceswap.training.checkpoint import Checkpoints
from faceswap.training.collapse import Collapse
from faceswap.training.curves import page
from faceswap.training.examiner import Examiner
from faceswap.training.exams import Exams, brief
from faceswap.training.history import History
from faceswap.training.keeper import Keeper, guarded
from faceswap.training.preview import Preview, columns
from faceswap.training.starting import begin_from
from faceswap.training.team import join
from faceswap.training.training import Clock

#: Rows of the preview sheet.
ROWS = 6
#: How often the rate is halved, in all, where training diverges.
HALVINGS = 3


@dataclass(frozen=True)
class SwapTraining:
    """How a model that swaps is trained.

    Attributes:
        stage: The options: the stage `train`.
        folder: Where the model is made.
        model: What is trained.
        pairs: Its batches.
        said: What all processes of a team have to be told alike.
        progress: Where words go.
    """

    stage: Any
    folder: Path
    model: FaceModel
    pairs: WarpedPairs
    said: str
    progress: Progress

    def run(self) -> Summary:
        """Train; where that diverges, do so again from the last checkpoint at half the rate."""
        halved = 0
        while True:
            clock = self._clock(halved)
            try:
                return self._attempt(clock)
            except Diverged as error:
                halved = clock.halved + 1
                if halved > HALVINGS or join(self.stage.strategy).several:
                    raise
                rate = f"1/{2**halved} of the rate"
                self.progress.warn(f"{error.told}: going on from there at {rate}")

    def _clock(self, halved: int) -> Clock:
        stage = self.stage
        collapse = Collapse(repr((stage.terms(self.model), stage.rival(self.model))))
        limits = {name: getattr(stage, name) for name in ("iterations", "minutes", "finish")}
        return Clock(**limits, halved=halved, collapse=collapse)

    def _attempt(self, clock: Clock) -> Summary:
        stage, team = self.stage, join(self.stage.strategy)
        net = team.built(self.model, stage.seed, stage)
        checkpoints = Checkpoints(self.folder / "checkpoints")
        with team.scope():
            state = checkpoints.restore(net, self.progress.warn)
        if state:
            clock.resume(state)
            self.progress.note(f"going on from step {state.step}")
        elif stage.from_model:
            with team.scope():
                taken = begin_from(net, Path(stage.from_model), stage.take)
            self.progress.note(f"begins with {stage.from_model}: {taken}")
        exams = self._exams(clock)
        with team.together():
            team.begin(net, self.said)
            if not clock.over:
                self._fit(net, clock, exams)
        checkpoints.prune(1)
        step, figures, weights = exams.chosen(net)
        save(self.folder, self.model, weights)
        kept = {"kept step": step} if step < clock.step else {}
        minutes = round(clock.state().seconds / 60, 2)
        return {"steps": clock.step, "minutes": minutes, **kept, **brief(figures)}

    def _exams(self, clock: Clock) -> Exams:
        stage, pairs = self.stage, replace(self.pairs, ease=clock.ease)
        splits = {side: stage.split(packed) for side, packed in pairs.sides.items()}
        for side, parts in splits.items():
            held = len(pairs.sides[side].faces) - len(parts.learnt)
            if held:
                self.progress.detail(f"{held} faces of the {side} are held out")
            else:
                told = f"no face of the {side} is held out: figures are of learnt ones"
                self.progress.note(told)
        history = History(self.folder / "history.jsonl", stage.logged(self.folder))
        history.cut(clock.step)
        examiner = Examiner(self.model, pairs, splits)
        best = Best(self.folder / "best", examiner.key) if stage.keep == "best" else None
        every = 60 * stage.preview_every
        return Exams(examiner, history, clock, every, best, stage.measure_every)

    def _fit(self, net: Any, clock: Clock, exams: Exams) -> None:
        stage, pairs = self.stage, exams.examiner.pairs
        team, images = join(stage.strategy), len(SIDES) * pairs.batch
        keeper = Keeper(
            clock, Checkpoints(self.folder / "checkpoints"), 60 * stage.checkpoint_every
        )
        losses = training.Losses(exams.history, clock, images)
        write_image(self.folder / "examples.png", examples(pairs))
        lapse = stage.lapse(self.folder, clock.step)
        preview = self._preview(clock, exams, lapse)
        with clock.bar(self.progress) as bar, guarded(keeper, net, self.progress, stage.restart):
            watch = training.Watch(clock, bar, images, exams.newest)
            # What a checkpoint's step was measured as is written before the checkpoint.
            beside = [training.Shared(team), watch, exams, keeper, losses, preview]
            beside += stage.copied(self.folder, self.model)
            rate, pace = stage.rate(self.model), stage.pace(clock)
            training.learn(net, team.part(pairs), clock, rate, pace, beside)
            exams.now(net)
        preview.write(net)
        if lapse:
            lapse.write()

    def _preview(self, clock: Clock, exams: Exams, lapse: Any) -> Preview:
        shown = {
            side: exams.examiner.pairs.plain(
                side, np.resize(parts.measured(ROWS, ROWS), ROWS).tolist()
            )
            for side, parts in exams.examiner.splits.items()
        }
        return Preview(
            self.folder / "preview.png",
            lambda net: page(columns(net, self.model, shown), exams.history, clock.said),
            60 * self.stage.preview_every,
            self.stage.looks(self.folder, clock, lapse, self.progress),
        )

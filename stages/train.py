"""Training set to model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from faceswap.augmenting import Augmenting
from faceswap.choosing import AUTO
from faceswap.competing import DISCRIMINATORS
from faceswap.dataset import SIDES, WarpedPairs
from faceswap.errors import BadOption, Unsupported
from faceswap.examples import examples
from faceswap.images import write_image
from faceswap.learnt import model_folder, weights_file
from faceswap.measuring import Measuring
from faceswap.model import FaceModel, Swaps, claim, compare, save
from faceswap.one_side import OneSide
from faceswap.optimizing import Optimizing
from faceswap.options import option
from faceswap.packed import PackedFaces
from faceswap.precision import using
from faceswap.recommendation import Choice, keep
from faceswap.showing import Showing
from faceswap.stage import Progress, Stage, Summary, silent
from faceswap.starting import begin_from
from faceswap.team import STRATEGIES, VARIABLE, agreed, follows, join
from faceswap.workspace import Workspace

if TYPE_CHECKING:
    from faceswap.training import Clock, Exams

#: Rows of the preview sheet.
ROWS = 6


@dataclass(frozen=True)
class Train(Showing, Measuring, Optimizing, Augmenting, OneSide, Stage):
    """Teach a model to draw faces; goes on from where it was interrupted."""

    reads = ("source/pairs", "target/pairs")
    writes = ("model",)
    continues = True

    strategy: str = option(
        "none",
        "Learn on all graphics cards of this machine, or by processes on several: docs/cluster.md.",
        choices=STRATEGIES,
        affects="nothing",
    )
    restart: bool = option(
        False,
        "Forget what was learnt and begin anew; leave it out to go on after that.",
        affects="nothing",
    )

    def validate(self) -> None:
        """Refuse a model that is not there, and training without an end."""
        self.ends()
        if self.model == AUTO:
            self.possible(self.terms)
        else:
            self.check_model()
        if self.one_sided:
            self._one_sided()
        elif self.model != AUTO:
            self.terms(self.recipe())
        if self.strategy == "multiworker" and (self.minutes or not self.iterations):
            raise BadOption("processes agree on steps, not on time: --iterations N --minutes 0")
        if self.strategy == "multiworker" and self.model == AUTO:
            raise BadOption("processes agree on one model, not each on its own: give --model")
        if self.strategy == "multiworker" and self.rival(self.recipe()) != "none":
            raise Unsupported("discriminators learn in one process: give --discriminator none")

    def _one_sided(self) -> None:
        """Refuse what is for models that swap."""
        seen = self.snapshot_every or self.timelapse or self.tensorboard
        learns = self.strategy != "none" or self.keep != "last" or self.loss
        if self.discriminator in DISCRIMINATORS:
            raise Unsupported(f"model {self.model} takes no --discriminator: that is for swaps")
        if seen or learns or self.from_model:
            raise Unsupported(
                f"model {self.model} takes no --strategy, --keep, --loss, --from-model, "
                "--snapshot-every, --timelapse and --tensorboard"
            )

    def takes(self) -> tuple[str, ...]:
        """The packed faces of both sides, or of one."""
        return (f"{self.side}/pairs",) if self.one_sided else self.reads

    def enough(self, options: Mapping[str, Any], summary: Summary) -> bool:
        """Whether a model has been trained for as long as is asked for, or longer."""
        if "steps" not in summary:  # It was fitted.
            return True
        steps, minutes = float(summary["steps"]), float(summary["minutes"])
        enough = self.iterations and steps >= self.iterations
        return bool(enough or (self.minutes and minutes >= self.minutes))

    def check(self, work: Workspace) -> None:
        """Refuse to go on with what another recipe has learnt, or with nothing that is whole."""
        from faceswap.checkpoint import Checkpoints

        if self.from_model:
            weights_file(model_folder(Path(self.from_model)))
        for folder in (work.partial("model"), work.path("model")):
            if (folder / "model.json").exists() and not self.restart:
                compare(folder, self.settled(work)[0].taught(work)[0])
                Checkpoints(folder / "checkpoints").newest()

    def needs(self, work: Workspace) -> int:
        """Sets of weights: the newest two and one that is being written, the best, the model."""
        # The first to use TensorFlow.
        join(self.strategy)
        with using("float32"):
            model = self.settled(work, self.restart)[0].taught(work)[0]
            net, rivals = model.build(), self.rivals(model)
        weights = 4 * sum(math.prod(v.shape) for v in net.variables)
        optimizer = 2 * 4 * sum(math.prod(v.shape) for v in net.trainable_variables)
        beside = 4 * sum(math.prod(v.shape) for v in rivals.variables) if rivals else 0
        sets = 3 * (weights + optimizer + beside)
        copies = self.iterations // self.snapshot_every if self.snapshot_every else 0
        return int(sets + weights * (2 + 2 * (self.keep == "best") + copies))

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Train until the first limit; the model's folder is kept for going on."""
        stage, choice = self.settled(work, self.restart)
        if choice:
            progress.note(choice.why)
        if stage.one_sided:
            from faceswap.face_training import train

            return train(stage, work, progress)
        return stage._run(work, choice, progress)

    def _run(self, work: Workspace, choice: Choice | None, progress: Progress) -> Summary:
        sides = {side: PackedFaces(work.require(f"{side}/pairs")) for side in SIDES}
        model = self.recipe()
        with work.making("model") as folder:
            claim(folder, model, self.restart)
            if choice:
                keep(choice, folder)
            pairs = self._pairs(model, sides)
            with using(self.precision) as precision:
                progress.detail(f"computing in {precision}")
                said = agreed(self, precision, sides)
                return self._train(folder, model, pairs, said, progress)

    @classmethod
    def follows(cls, environ: Mapping[str, str]) -> bool:
        """Whether this is one of several processes, and not the first."""
        return follows(environ.get(VARIABLE, ""))

    def follow(self, work: Workspace, progress: Progress = silent) -> None:
        """Learn the parts of the batches that are this process's."""
        model, team = self.recipe(), join(self.strategy)
        from faceswap import training

        sides = {side: PackedFaces(work.require(f"{side}/pairs")) for side in SIDES}
        clock = training.Clock(iterations=self.iterations, finish=self.finish)
        pairs = replace(self._pairs(model, sides), ease=clock.ease)
        with using(self.precision) as precision, team.together():
            net = team.built(model, self.seed, self)
            team.begin(net, agreed(self, precision, sides))
            clock.step = int(net.optimizer.iterations.numpy())
            progress.note(f"process {team.first} of {team.parts} learns from step {clock.step}")
            with clock.bar(progress) as bar:
                watch = training.Watch(clock, bar, len(SIDES) * pairs.batch)
                beside = [training.Shared(team), watch]
                rate = self.learning_rate or model.rate
                if not clock.over:
                    training.learn(net, team.part(pairs), clock, rate, beside)

    def _pairs(self, model: FaceModel, sides: dict[str, PackedFaces]) -> WarpedPairs:
        batch = self.batch or model.batch
        assert isinstance(model, Swaps)
        learnt = {side: self.split(packed).learnt for side, packed in sides.items()}
        augment = self.augment(model.augment)
        pairs = WarpedPairs(sides, model.size, batch, augment, self.seed, model.lesson, learnt)
        return replace(pairs, sampling=self.sampling)

    def _train(
        self, folder: Path, model: FaceModel, pairs: WarpedPairs, said: str, progress: Progress
    ) -> Summary:
        from faceswap.checkpoint import Checkpoints
        from faceswap.training import Clock, brief

        team = join(self.strategy)
        net = team.built(model, self.seed, self)
        checkpoints = Checkpoints(folder / "checkpoints")
        clock = Clock(iterations=self.iterations, minutes=self.minutes, finish=self.finish)
        pairs = replace(pairs, ease=clock.ease)
        with team.scope():
            state = checkpoints.restore(net, progress.warn)
        if state:
            clock.step, clock.seconds = state.step, state.seconds
            net.optimizer.learning_rate = self.learning_rate or model.rate
            progress.note(f"going on from step {state.step}")
        elif self.from_model:
            with team.scope():
                taken = begin_from(net, Path(self.from_model))
            progress.note(f"begins with {self.from_model}: {taken}")
        exams = self._exams(folder, model, pairs, clock, progress)
        with team.together():
            team.begin(net, said)
            if not clock.over:
                self._fit(net, model, pairs, clock, exams, folder, progress)
        checkpoints.prune(1)
        step, figures, weights = exams.chosen(net)
        save(folder, model, weights)
        kept = {"kept step": step} if step < clock.step else {}
        minutes = round(clock.state().seconds / 60, 2)
        return {"steps": clock.step, "minutes": minutes, **kept, **brief(figures)}

    def _exams(
        self, folder: Path, model: FaceModel, pairs: WarpedPairs, clock: Clock, progress: Progress
    ) -> Exams:
        from faceswap.best import Best
        from faceswap.examiner import Examiner
        from faceswap.history import History
        from faceswap.training import Exams

        splits = {side: self.split(packed) for side, packed in pairs.sides.items()}
        for side, parts in splits.items():
            held = len(pairs.sides[side].faces) - len(parts.learnt)
            if held:
                progress.detail(f"{held} faces of the {side} are held out")
            else:
                progress.note(f"no face of the {side} is held out: figures are of learnt ones")
        history = History(folder / "history.jsonl", self.logged(folder))
        history.cut(clock.step)
        examiner = Examiner(model, pairs, splits)
        best = Best(folder / "best", examiner.key) if self.keep == "best" else None
        every = 60 * self.preview_every
        return Exams(examiner, history, clock, every, best, self.measure_every)

    def _fit(
        self,
        net: Any,
        model: FaceModel,
        pairs: WarpedPairs,
        clock: Clock,
        exams: Exams,
        folder: Path,
        progress: Progress,
    ) -> None:
        from faceswap import training
        from faceswap.checkpoint import Checkpoints
        from faceswap.curves import page
        from faceswap.keeper import Keeper, guarded
        from faceswap.preview import Preview, columns

        team, images = join(self.strategy), len(SIDES) * pairs.batch
        checkpoints = Checkpoints(folder / "checkpoints")
        keeper = Keeper(clock, checkpoints, 60 * self.checkpoint_every)
        losses = training.Losses(exams.history, clock, images)
        shown = {
            side: pairs.plain(side, np.resize(parts.measured(ROWS, ROWS), ROWS).tolist())
            for side, parts in exams.examiner.splits.items()
        }
        write_image(folder / "examples.png", examples(pairs))
        lapse = self.lapse(folder, clock.step)
        preview = Preview(
            folder / "preview.png",
            lambda net: page(columns(net, model, shown), exams.history, clock.said),
            60 * self.preview_every,
            self.looks(folder, clock, lapse, progress),
        )
        with clock.bar(progress) as bar, guarded(keeper, net, progress, self.restart):
            watch = training.Watch(clock, bar, images, exams.newest)
            # What a checkpoint's step was measured as is written before the checkpoint.
            beside = [training.Shared(team), watch, exams, keeper, losses, preview]
            beside += self.copied(folder, model)
            training.learn(net, team.part(pairs), clock, self.learning_rate or model.rate, beside)
            exams.now(net)
        preview.write(net)
        if lapse:
            lapse.write()

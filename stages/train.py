"""Training set to model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from faceswap.data.dataset import SIDES, WarpedPairs
from faceswap.data.feeding import warped_pairs
from faceswap.data.packed import PackedFaces
from faceswap.errors import BadOption, Unsupported
from faceswap.generation.one_side import OneSide
from faceswap.generation.trained import Trained
from faceswap.model import FaceModel, claim, compare
from faceswap.networks.precision import using
from faceswap.options import option
from faceswap.stage import Progress, Stage, Summary, silent
from faceswap.training.augmenting import Augmenting
from faceswap.training.choosing import AUTO
from faceswap.training.competing import DISCRIMINATORS
from faceswap.training.learnt import model_folder, weights_file
from faceswap.training.measuring import Measuring
from faceswap.training.optimizing import Optimizing
from faceswap.training.recommendation import Choice, keep
from faceswap.training.showing import Showing
from faceswap.training.team import STRATEGIES, VARIABLE, agreed, follows, join
from faceswap.workspace import Workspace

#: What a model of faces is trained by, which goes on where no model is named.
OWN = ("model", "set", "side", "classes")


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

    def suited(self, work: Workspace) -> Train:
        """Of one side's faces alone, and without `--model`, the model that has learnt them."""
        if self.model != AUTO or not work.lacks("target"):
            return self
        return replace(self, **{n: v for n, v in Trained.of(work).options.items() if n in OWN})

    def validate(self) -> None:
        """Refuse a model that is not there, and training without an end."""
        self.ends()
        if self.take and not self.from_model:
            raise BadOption("take: parts of what? Name it with --from-model")
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
        rival = self.discriminator if self.model == AUTO else self.rival(self.recipe())
        if rival in DISCRIMINATORS:
            self._competing()

    def _competing(self) -> None:
        """Refuse what discriminators cannot do."""
        if self.strategy == "multiworker":
            raise Unsupported("discriminators learn in one process: give --discriminator none")
        if self.strategy == "mirrored" and self.discriminator_from:
            raise Unsupported("on several devices discriminators learn from the beginning")
        if self.accumulate > 1:
            raise Unsupported("discriminators see whole batches: leave --accumulate out")

    def _one_sided(self) -> None:
        """Refuse what is for models that swap."""
        seen = self.snapshot_every or self.timelapse or self.tensorboard
        learns = self.strategy != "none" or self.keep != "last" or self.loss
        if self.discriminator in DISCRIMINATORS:
            raise Unsupported(f"model {self.model} takes no --discriminator: that is for swaps")
        if self.for_swaps:
            raise Unsupported(f"model {self.model} takes no {self.for_swaps}: that is for swaps")
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
        from faceswap.training.checkpoint import Checkpoints

        if self.from_model:
            weights_file(model_folder(Path(self.from_model)))
        for folder in (work.partial("model"), work.path("model")):
            if (folder / "model.json").exists() and not self.restart:
                compare(folder, self.settled(work)[0].taught(work)[0])
                Checkpoints(folder / "checkpoints").newest()

    def needs(self, work: Workspace) -> int:
        """Sets of weights: three and one that is being written, the best, the model."""
        # The first to use TensorFlow.
        join(self.strategy)
        with using("float32"):
            model = self.settled(work, self.restart)[0].taught(work)[0]
            net, rivals = model.build(), self.rivals(model)
        weights = 4 * sum(math.prod(v.shape) for v in net.variables)
        optimizer = self.slots * 4 * sum(math.prod(v.shape) for v in net.trainable_variables)
        beside = 4 * sum(math.prod(v.shape) for v in rivals.variables) if rivals else 0
        sets = 4 * (weights + optimizer + beside)
        copies = self.iterations // self.snapshot_every if self.snapshot_every else 0
        return int(sets + weights * (2 + 2 * (self.keep == "best") + copies))

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Train until the first limit; the model's folder is kept for going on."""
        stage, choice = self.settled(work, self.restart)
        if choice:
            progress.note(choice.why)
        if stage.one_sided:
            from faceswap.generation.face_training import train

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
                from faceswap.training.swap_training import SwapTraining

                return SwapTraining(self, folder, model, pairs, said, progress).run()

    @classmethod
    def follows(cls, environ: Mapping[str, str]) -> bool:
        """Whether this is one of several processes, and not the first."""
        return follows(environ.get(VARIABLE, ""))

    def follow(self, work: Workspace, progress: Progress = silent) -> None:
        """Learn the parts of the batches that are this process's."""
        model, team = self.recipe(), join(self.strategy)
        from faceswap.training import training

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
                if not clock.over:
                    rate, pace = self.rate(model), self.pace(clock)
                    training.learn(net, team.part(pairs), clock, rate, pace, beside)

    def _pairs(self, model: FaceModel, sides: dict[str, PackedFaces]) -> WarpedPairs:
        learnt = {side: self.split(packed).learnt for side, packed in sides.items()}
        return warped_pairs(self, model, sides, learnt)

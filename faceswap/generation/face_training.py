"""Training of a model of faces: on those of one side, with nothing to swap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap.data.face_batches import PLAIN, FaceBatches
from faceswap.data.held_out import evenly
from faceswap.data.labels import Labels
from faceswap.data.packed import PackedFaces
from faceswap.generation.frechet import COMPONENTS, PcaFrechet
from faceswap.generation.generative import Fits, Likely, Samples, at_best
from faceswap.model import FaceModel, Faces, claim, save
from faceswap.networks.precision import using
from faceswap.pictures.levels import levels
from faceswap.pictures.sheet import sheet
from faceswap.stage import Progress, Summary
from faceswap.training.checkpoint import Checkpoints
from faceswap.training.history import History
from faceswap.training.keeper import Keeper, guarded
from faceswap.training.optimizing import Optimizing
from faceswap.training.preview import Preview
from faceswap.training.team import Team
from faceswap.training.training import Clock, Losses, Watch, learn
from faceswap.weights import get_weights
from faceswap.workspace import Workspace
from faceswap.writing.image_writer import PREVIEW, write_marked

#: Faces on the preview, and a row of them.
SHOWN, COLUMNS = 64, 16
#: Faces learnt that samples are compared with, at most; and held-out ones whose bits are told:
#: those of 32 pixels take `pixelcnn` more than a second.
COMPARED, HELD = 1024, 64


@dataclass(frozen=True)
class Course:
    """How a model of faces is trained.

    Attributes:
        folder: Where the model is made.
        model: What is trained.
        feed: Its batches.
        held: The places of faces that show how well, of those that have likelihoods.
        clock: The limits.
        how: The options of its optimiser.
        checkpoint_every: Minutes between checkpoints.
        preview_every: Minutes between previews, and between measurements.
        restart: Whether it was begun anew, and so must not be the next time.
    """

    folder: Path
    model: FaceModel
    feed: FaceBatches
    held: list[int]
    clock: Clock
    how: Optimizing
    checkpoint_every: float
    preview_every: float
    restart: bool

    def run(self, progress: Progress) -> Summary:
        """Train until the first limit, and save the model."""
        net = Team().built(self.model, self.feed.seed, self.how)
        clock, checkpoints = self.clock, Checkpoints(self.folder / "checkpoints")
        state = checkpoints.restore(net, progress.warn)
        if state:
            clock.resume(state)
            progress.note(f"going on from step {state.step}")
        history = History(self.folder / "history.jsonl")
        history.cut(clock.step)
        drawing = _Drawing(self, history)
        if not clock.over:
            self._fit(net, history, drawing, progress)
        checkpoints.prune(1)
        save(self.folder, self.model, get_weights(net))
        minutes = round(clock.state().seconds / 60, 2)
        return {"steps": clock.step, "minutes": minutes, **drawing.figures}

    def _fit(self, net: Any, history: History, drawing: _Drawing, progress: Progress) -> None:
        checkpoints = Checkpoints(self.folder / "checkpoints")
        rate, pace = self.how.rate(self.model), self.how.pace(self.clock)
        keeper = Keeper(self.clock, checkpoints, 60 * self.checkpoint_every)
        with self.clock.bar(progress) as bar, guarded(keeper, net, progress, self.restart):
            watch = Watch(self.clock, bar, self.feed.batch, drawing.figures)
            losses = Losses(history, self.clock, self.feed.batch)
            # A preview's time is none of the segment's; and all is written before its checkpoint.
            beside = [watch, losses, drawing.preview, keeper]
            if not self.clock.step:
                drawing.preview.write(net)
            learn(net, self.feed, self.clock, rate, pace, beside)
        drawing.preview.write(net)


class _Drawing:
    """Samples drawn now and then, on a sheet, how far they are from the faces learnt, and bits."""

    def __init__(self, course: Course, history: History) -> None:
        self.course, self.history = course, history
        self.figures: dict[str, float] = {}
        path = course.folder / "preview.png"
        self.preview = Preview(path, self._draw, 60 * course.preview_every)
        chosen = evenly(course.feed.places, COMPARED)
        self._real = at_best(course.model, course.feed.plain(chosen))
        self._distance = PcaFrechet(self._real)

    def _draw(self, net: Any) -> NDArray[np.uint8]:
        model, real = self.course.model, self._real[:: max(1, len(self._real) // COLUMNS)][:COLUMNS]
        if not isinstance(model, Samples):
            return _sheet(real)
        faces = model.sample(net, self.course.model.drawn, 0)
        if not np.isfinite(faces).all():
            raise FloatingPointError("what the network draws is no picture")
        self._measure(net, faces)
        return _sheet(np.concatenate([faces[:SHOWN], real]))

    def _measure(self, net: Any, faces: Faces) -> None:
        model, feed = self.course.model, self.course.feed
        # Of fewer samples than the distance has components, there is no covariance.
        if len(faces) > COMPONENTS:
            self.figures["frechet"] = float(f"{self._distance(faces):.4g}")
        if isinstance(model, Likely):
            held = model.quantised(feed.plain(self.course.held))
            self.figures["bits"] = float(f"{model.bits(net, held):.4g}")
        if self.figures:
            self.history.add(self.course.clock.state(), **self.figures)


def train(stage: Any, work: Workspace, progress: Progress) -> Summary:
    """Train, or fit, a model of the faces of one side as the options of the stage `train` say."""
    packed = PackedFaces(work.require(f"{stage.side}/pairs"))
    model, classes = stage.taught(work)
    with work.making("model") as folder, using(stage.precision) as precision:
        progress.detail(f"computing in {precision}")
        claim(folder, model, stage.restart)
        feed = _feed(stage, work, model, packed, classes)
        if isinstance(model, Fits):
            return _fitted(folder, model, feed, stage.labels(work))
        clock = Clock(iterations=stage.iterations, minutes=stage.minutes, finish=stage.finish)
        held = evenly(stage.split(packed).fair, HELD)
        often = stage.checkpoint_every, stage.preview_every
        return Course(folder, model, feed, held, clock, stage, *often, stage.restart).run(progress)


def _feed(
    stage: Any,
    work: Workspace,
    model: FaceModel,
    packed: PackedFaces,
    classes: NDArray[np.int32] | None,
) -> FaceBatches:
    augment, learnt = stage.augment(PLAIN), stage.split(packed).learnt
    if classes is not None and stage.labels(work).sided(stage.classes):
        augment = replace(augment, flip=False)
    batch = stage.batch or model.batch
    assert isinstance(model, Samples)
    return FaceBatches(packed, model.size, batch, augment, stage.seed, learnt, classes)


def _fitted(folder: Path, model: Any, feed: FaceBatches, labels: Labels) -> Summary:
    net = model.build()
    summary: Summary = model.fit(net, feed.plain(feed.places), labels.rows(feed.places))
    save(folder, model, get_weights(net))
    if isinstance(model, Samples):
        drawn = _sheet(model.sample(net, SHOWN, 0))
        write_marked(folder / "preview.png", drawn, "png", PREVIEW)
    return summary


def _sheet(faces: Faces) -> NDArray[np.uint8]:
    return sheet(list(levels(faces)), COLUMNS, max(64, faces.shape[1]))

"""Judge the output, or a model's samples: figures, and a page to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from faceswap.alignment.crops import RECORDS, Crop, CropFolder
from faceswap.crew import Crewed
from faceswap.errors import BadOption
from faceswap.evaluation import metrics
from faceswap.evaluation.document import PAGE
from faceswap.evaluation.evaluation import Effort, Evaluation, Films, evaluate
from faceswap.evaluation.evaluation_record import read_figures, record_of, write_record
from faceswap.evaluation.evaluation_report import write_page
from faceswap.evaluation.metric import Metric
from faceswap.evaluation.page import sign
from faceswap.evaluation.portraits import places_of
from faceswap.evaluation.reel import Reel
from faceswap.evaluation.selftest import Writing
from faceswap.generation import sample_metrics
from faceswap.generation.trained import Trained
from faceswap.options import option
from faceswap.stage import Progress, Summary, silent
from faceswap.storage.journal import Journal
from faceswap.training.history import History
from faceswap.workspace import SIDES, Workspace

if TYPE_CHECKING:
    from faceswap.generation.judging import Judging


#: What a film is judged by.
FILMS = ("output", "swapped", "source/crops", "source/frames", "target/frames")
#: Frames whose identity is measured, and faces made up, where nobody says how many.
FRAMES, FACES = 100, 256


@dataclass(frozen=True)
class Evaluate(Crewed):
    """Say how good the output is, with faces found anew in all three films.

    Writes `report/index.html`, a page that needs nothing else, and `report/metrics.json`: each
    metric by its name, null where it could not be measured, with counts, `floor` (the target
    encoded anew and not swapped) and `best` (the source against itself).

    Where the model is one of faces, it is its samples that are judged, by metrics of their own,
    beside `baselines`: models without a network, fitted to the same faces.

    `--fail-under metric=value` ends with exit code 3 where a metric is worse than the value, after
    the report is written: below it where more is better, above it where less is better, and further
    from the ideal than it where something between is best. What could not be measured is worse.
    """

    reads = (*FILMS, "model")
    uses = ("source/images", "target/images")
    writes = ("report",)
    on_demand = True

    what: str = option(
        "auto",
        "What is judged: the film, or samples of a model of faces, beside the source's or the "
        "target's; auto: what the model there is was trained for.",
        choices=("auto", "film", *SIDES),
    )
    seed: int = option(0, "Where the random numbers of samples start.", low=0)
    gallery: str = option(
        "",
        "Folder of other persons' photos, or of a folder a person, to tell the source from.",
        file=True,
    )
    fail_under: tuple[str, ...] = option(
        (), "METRIC=VALUE: fail if the metric is worse; may be repeated.", affects="nothing"
    )
    most_frames: int = option(
        400, "Measure at most so many frames, in whole stretches; 0: all.", low=0
    )
    samples: int = option(
        0,
        "Frames of the film whose identity is measured, or faces that are made up; "
        f"0: {FRAMES}, or {FACES}.",
        low=0,
    )
    detector: str = option(
        "blaze",
        "What looks for faces; hog sees frontal ones only, cnn is the slowest without a GPU.",
        choices=("blaze", "hog", "cnn"),
    )

    def suited(self, work: Workspace) -> Evaluate:
        """The same with `auto` settled."""
        if self.what != "auto":
            return self
        trained = Trained.of(work)
        return replace(self, what=trained.side if trained.one_sided else "film")

    def takes(self) -> tuple[str, ...]:
        """The model and the faces it learnt, or the films."""
        return ("model", f"{self.what}/pairs") if self._of_samples else FILMS

    def validate(self) -> None:
        """Refuse limits of no metric, and too few samples."""
        super().validate()
        metrics.limits(self.fail_under, self._metrics)
        if 0 < self.samples < 2 + 2 * self._of_samples:
            raise BadOption("samples is at least 2 of a film and 4 of a model, or 0")

    def check(self, work: Workspace) -> None:
        """Refuse samples of a model that makes up no faces."""
        if self._of_samples:
            self._judging(work).check()

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Write the figures and the page."""
        return self._samples(work, progress) if self._of_samples else self._film(work, progress)

    def accept(self, work: Workspace) -> None:
        """Refuse figures that are worse than what was asked for."""
        wanted = metrics.limits(self.fail_under, self._metrics)
        if wanted:
            found = read_figures(work.require("report"), self._metrics)
            metrics.demand(found, wanted, self._metrics)

    @property
    def _of_samples(self) -> bool:
        return self.what in SIDES

    @property
    def _metrics(self) -> Sequence[Metric]:
        return sample_metrics.METRICS if self._of_samples else metrics.METRICS

    def _judging(self, work: Workspace) -> Judging:
        from faceswap.generation.judging import Judging

        count = self.samples or FACES
        return Judging(Trained.of(work), self.what, count, self.seed, self.detector)

    def _samples(self, work: Workspace, progress: Progress) -> Summary:
        from faceswap.generation.sample_report import lines, write_page

        found = self._judging(work).judge(progress)
        history = History(work.path("model") / "history.jsonl")
        with work.making("report") as folder:
            write_record(folder, found.record())
            write_page(folder, found, history, _settings(work))
        for text, record in lines(found):
            progress.note(text, record)
        return {"samples": len(found.samples), "page": str(work.path("report") / PAGE)}

    def _film(self, work: Workspace, progress: Progress) -> Summary:
        films = self._films(work)
        effort = Effort(self.most_frames, self.samples or FRAMES, self.detector, self.crew(work))
        gallery = Path(self.gallery) if self.gallery else None
        found = evaluate(films, effort, gallery, progress)
        with work.making("report") as folder:
            write_record(folder, record_of(found))
            write_page(folder, films, found, _settings(work))
        _say(found, progress)
        for name in found.gallery.left_out:
            progress.warn(f"no face on {name}: it is left out of the gallery")
        signs = [sign(metric, found.figures) for metric in metrics.METRICS]
        return {
            "frames": len(found.seen),
            "good": signs.count(True),
            "poor": signs.count(False),
            "page": str(work.path("report") / PAGE),
        }

    def _films(self, work: Workspace) -> Films:
        swapped = Journal(work.require("swapped") / RECORDS, Crop)
        crops = CropFolder(work.require("source/crops"))
        merged = work.manifest().artefacts.get("output")
        return Films(
            source=Reel.of_side(work.on("source")),
            target=Reel.of_side(work.on("target")),
            output=Reel.of(work.require("output")),
            places=places_of((crop.frame, crop.points) for crop in swapped),
            source_places=places_of((crop.frame, crop.points) for crop in crops),
            writing=Writing.of(merged.options if merged else {}),
        )


def _say(found: Evaluation, progress: Progress) -> None:
    """The figures as a table."""
    words = {True: "good", False: "poor", None: ""}
    progress.note(f"{'':34}{'value':>12}{'floor':>12}  bar", {"table": "figures"})
    for metric in metrics.METRICS:
        value, floor = found.figures.get(metric.name), found.floor.get(metric.name)
        good = sign(metric, found.figures)
        shown = f"{metric.text(value):>12}{metric.text(floor):>12}"
        text = f"{metric.title:34}{shown}  {metric.wanted:15}{words[good]}"
        record = {"metric": metric.name, "value": value, "floor": floor, "good": good}
        progress.note(text.rstrip(), record)


def _settings(work: Workspace) -> dict[str, dict[str, object]]:
    """The options that each artefact was made with, by stage and side."""
    made = work.manifest().artefacts
    named = {
        f"{e.stage} {name.partition('/')[0] if '/' in name else ''}": e for name, e in made.items()
    }
    return {name.strip(): dict(e.options) for name, e in named.items() if e.stage != "evaluate"}

"""Judge the output against target and source: figures, and a page to look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from faceswap.alignment.crops import RECORDS, Crop, CropFolder
from faceswap.crew import Crewed
from faceswap.evaluation import metrics
from faceswap.evaluation.evaluation import Effort, Evaluation, Films, evaluate
from faceswap.evaluation.evaluation_record import read_figures, record_of, write_record
from faceswap.evaluation.evaluation_report import write_page
from faceswap.evaluation.page import sign
from faceswap.evaluation.portraits import places_of
from faceswap.evaluation.reel import Reel
from faceswap.evaluation.selftest import Writing
from faceswap.options import option
from faceswap.stage import Progress, Summary, silent
from faceswap.storage.journal import Journal
from faceswap.workspace import Workspace


@dataclass(frozen=True)
class Evaluate(Crewed):
    """Say how good the output is, with faces found anew in all three films.

    Writes `report/index.html`, a page that needs nothing else, and `report/metrics.json`: each
    metric by its name, null where it could not be measured, with counts, `floor` (the target
    encoded anew and not swapped) and `best` (the source against itself).

    `--fail-under metric=value` ends with exit code 3 where a metric is worse than the value, after
    the report is written: below it where more is better, above it where less is better, and further
    from the ideal than it where something between is best. What could not be measured is worse.
    """

    reads = ("output", "swapped", "source/crops", "source/frames", "target/frames")
    uses = ("source/images", "target/images")
    writes = ("report",)
    on_demand = True

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
    samples: int = option(100, "Frames whose identity is measured, spread over the film.", low=2)
    detector: str = option(
        "blaze",
        "What looks for faces; hog sees frontal ones only, cnn is the slowest without a GPU.",
        choices=("blaze", "hog", "cnn"),
    )

    def validate(self) -> None:
        """Refuse limits of no metric."""
        super().validate()
        metrics.limits(self.fail_under)

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Write the figures and the page."""
        films = self._films(work)
        effort = Effort(self.most_frames, self.samples, self.detector, self.crew(work))
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
            "page": str(work.path("report") / "index.html"),
        }

    def accept(self, work: Workspace) -> None:
        """Refuse figures that are worse than what was asked for."""
        wanted = metrics.limits(self.fail_under)
        if wanted:
            metrics.demand(read_figures(work.require("report")), wanted)

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

"""What an evaluation found, as a record for programs: metrics.json."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from faceswap.errors import Damaged
from faceswap.evaluation.evaluation import Evaluation
from faceswap.evaluation.figures import Figures, missing, unswapped
from faceswap.evaluation.metric import Metric
from faceswap.evaluation.metrics import METRICS
from faceswap.storage.untrusted import load_json

#: The file in the report's folder.
NUMBERS = "metrics.json"
#: Digits kept of a figure.
_DIGITS = 5


def record_of(found: Evaluation) -> dict[str, object]:
    """What metrics.json holds.

    The value of each of `METRICS` by its name, null where it could not be measured; the counts
    `frames_total`, `frames_measured`, `frames_with_face`, `frames_missing`, `frames_unswapped`,
    `frames_left_alone`, `descriptors`, `gallery`, `target_blinks` and `output_blinks`; `floor` and
    `best` with the same names; `frames` with the numbers of the frames that are `missing` or
    `unswapped`, and the `stretches` that were measured.
    """
    series = found.series
    lists = {"missing": missing(series), "unswapped": unswapped(series, found.noise)}
    alone = sum(one.target is None and one.faces > 0 for one in found.seen)
    counts = {
        "frames_total": found.total,
        "frames_measured": len(found.seen),
        "frames_with_face": len(series.frames),
        "frames_missing": len(lists["missing"]),
        "frames_unswapped": len(lists["unswapped"]),
        "frames_left_alone": alone,
        "descriptors": sum(one.output_numbers is not None for one in found.seen),
        "gallery": len(found.gallery.names) + 2,
        "noise": round(found.noise, _DIGITS),
    }
    values = {metric.name: found.figures.get(metric.name) for metric in METRICS}
    return {
        **_rounded(values),
        **_rounded({n: v for n, v in found.figures.items() if n not in values}),
        **counts,
        "floor": _rounded(found.floor),
        "best": _rounded(found.best),
        "frames": {**lists, "stretches": found.stretches},
    }


def write_record(folder: Path, record: dict[str, object]) -> None:
    """Writes metrics.json into a folder."""
    text = msgspec.json.format(msgspec.json.encode(record), indent=1)
    (folder / NUMBERS).write_bytes(text + b"\n")


def read_figures(folder: Path, metrics: Sequence[Metric] = METRICS) -> Figures:
    """The values of the metrics in a report; raises `Damaged` where it has none."""
    path = folder / NUMBERS
    what, advice = "is no record of an evaluation", "run evaluate --force"
    record = load_json(path, dict[str, Any], what, advice)
    try:
        return {metric.name: _number(record[metric.name]) for metric in metrics}
    except (KeyError, ValueError) as error:
        raise Damaged(f"{path} {what} ({error}): {advice}") from None


def _number(value: object) -> float | None:
    if value is None or isinstance(value, int | float):
        return value
    raise ValueError(f"{value!r} is no number")


def _rounded(figures: Figures) -> dict[str, float | None]:
    return {n: None if v is None else round(v, _DIGITS) for n, v in figures.items()}

"""A judged model of faces for people: a table of its figures, and the page with pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceswap.evaluation.document import PAGE, document, explained, listed, picture, plotted, told
from faceswap.evaluation.metric import Metric
from faceswap.evaluation.plots import drawn
from faceswap.films.images import encode_image
from faceswap.generation.judging import BASELINES, KEPT, Judged
from faceswap.generation.sample_metrics import METRICS
from faceswap.model import Faces
from faceswap.pictures.levels import levels
from faceswap.pictures.sheet import sheet, spread
from faceswap.training.history import History
from faceswap.writing.image_writer import MADE, commented

Values = NDArray[np.float64]

SYNTHETIC = (
    "The samples here are synthetic: a program made them up from faces of real people, some of "
    "which are shown beside them. Say so wherever you show them, and show them only with the "
    "consent of these people."
)
#: Samples shown; of those that are nearest to learnt faces how many, each beside how many of these.
SHOWN, SUSPECTS, BESIDE = 64, 12, 3
#: Side of a face on the page in pixels.
SIDE = 96
#: What is drawn of a history, as far as it is there, one plot a line.
CURVES = (("critic_loss", "generator_loss"), ("loss",), ("frechet",), ("bits",))


def lines(found: Judged) -> Iterator[tuple[str, dict[str, object]]]:
    """The figures as a table, the model's beside the baselines': texts, and records of them."""
    names = f"{found.model.name:>14}" + "".join(f"{kind:>14}" for kind in BASELINES)
    yield f"{'':34}{names}  better", {"table": "figures"}
    for metric in METRICS:
        values = _values(found, metric)
        texts = "".join(f"{metric.text(value):>14}" for value in values)
        columns = zip(("value", *BASELINES), values, strict=True)
        record: dict[str, object] = {"metric": metric.name, **dict(columns)}
        yield f"{metric.title:34}{texts}  {metric.aim}", record


def write_page(
    folder: Path,
    found: Judged,
    history: History,
    settings: Mapping[str, Mapping[str, object]],
) -> None:
    """Writes index.html into a folder.

    Args:
        folder: Where to.
        found: What came of the judging.
        history: Of the training.
        settings: Options of each stage that made the model.
    """
    parts = [
        f'<p class="note">{SYNTHETIC}</p>',
        *listed(_counts(found)),
        *_table(found),
        *_samples(found),
        *_nearest(found),
        *_curves(history),
        *explained(METRICS),
        *told(settings),
    ]
    text = document(f"How good are the faces of {found.model.name}?", parts)
    (folder / PAGE).write_text(text, encoding="utf-8")


def _counts(found: Judged) -> list[str]:
    record, real = found.record(), found.real
    size = real.few.shape[1]
    return [
        f"{len(found.samples)} samples of {size} by {size} pixels were held against "
        f"{len(real.few)} of the {len(real.learnt)} faces learnt, and {len(real.held)} held out.",
        f"The detector finds {record['compared_found']} of those {len(real.few)} learnt faces, as "
        "the model could at best show them.",
        "Models without a network were fitted to the same faces: eigenfaces (pca), pixels of a "
        "Gaussian each (gaussian), pixels each from another face (independent).",
    ]


def _table(found: Judged) -> Iterator[str]:
    yield '<h2>Figures</h2><div class="wide"><table id="figures">'
    heads = "".join(f"<th>{escape(name)}</th>" for name in (found.model.name, *BASELINES))
    yield f"<tr><th></th>{heads}<th>better</th></tr>"
    for metric in METRICS:
        texts = [*(metric.text(value) for value in _values(found, metric)), metric.aim]
        row = "".join(f'<td class="number">{escape(text)}</td>' for text in texts)
        yield f'<tr id="{metric.name}"><td>{escape(metric.title)}</td>{row}</tr>'
    yield "</table></div>"


def _samples(found: Judged) -> Iterator[str]:
    yield "<h2>Samples</h2>"
    yield _picture(found.samples[:SHOWN], KEPT, f"samples of {found.model.name}")
    real = found.real.few[spread(len(found.real.few), KEPT)]
    yield _picture(real, KEPT, "learnt faces, as the model could at best show them")
    for kind, faces in found.others.items():
        yield _picture(faces, KEPT, f"pixel_model, {kind}")


def _nearest(found: Judged) -> Iterator[str]:
    near = found.real.nearest(found.samples, BESIDE)
    yield "<h2>Copies?</h2>"
    yield (
        "<p>The samples that are most like a learnt face, each beside the learnt faces it is most "
        "like. 1 is as far as a held-out face is from its nearest; copies are near 0.</p>"
    )
    yield '<div class="sights">'
    for number in np.argsort(near.away)[:SUSPECTS]:
        one = found.samples[number][None]
        row = np.concatenate([one, np.ones_like(one), found.real.learnt[near.places[number]]])
        yield _picture(row, len(row), f"sample {number}: {near.away[number]:.2f}")
    yield "</div>"


def _curves(history: History) -> Iterable[str]:
    plots = []
    for names in CURVES:
        curves = [_curve(history, name) for name in names]
        if all(len(minutes) > 1 for minutes, _ in curves):
            said = names if len(names) > 1 else ("",)
            plots.append(drawn(", ".join(names), dict(zip(said, curves, strict=True)), "minutes"))
    return ["<h2>While training</h2>", *plotted(plots)] if plots else []


def _curve(history: History, name: str) -> tuple[Values, Values]:
    points = [(line["seconds"] / 60, line[name]) for line in history if name in line]
    minutes, values = np.array(points, np.float64).reshape(-1, 2).T
    return minutes, values


def _values(found: Judged, metric: Metric) -> list[float | None]:
    every = [found.figures, *(found.baselines[kind] for kind in BASELINES)]
    return [figures[metric.name] for figures in every]


def _picture(faces: Faces, columns: int, said: str) -> str:
    page = sheet(list(levels(faces)), columns, SIDE)
    return picture(commented(encode_image(page, "jpg"), "jpg", MADE), said, said)

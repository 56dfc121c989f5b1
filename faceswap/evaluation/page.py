"""The report's page: one HTML file that needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from faceswap.evaluation.document import data, document, explained, listed, picture, plotted, told
from faceswap.evaluation.figures import Figures
from faceswap.evaluation.metric import Metric
from faceswap.evaluation.metrics import BY_NAME, METRICS
from faceswap.evaluation.worst import Sight

SYNTHETIC = (
    "This film is synthetic: the face in it was put there by a program. Say so wherever you show "
    "it, and show it only with the consent of the people in it."
)
_SIGNS = {
    True: '<b class="good">✓ good</b>',
    False: '<b class="poor">✗ poor</b>',
    None: "",
}
#: What is said of a single frame where the figure itself is one of all frames.
_OFF = {
    "mouth_correlation": "opening off by ",
    "eye_correlation": "opening off by ",
    "jitter": "second difference ",
}


@dataclass(frozen=True)
class Report:
    """What the page shows.

    Attributes:
        title: Of the page.
        lines: What was measured, a sentence each.
        figures: The values by the names of `METRICS`.
        floor: Those of the target encoded anew and not swapped.
        best: Those of the source against itself.
        frames: Numbers of frames by what is wrong with them.
        plots: `<svg>` elements.
        sights: The worst frames of each metric.
        clip: An MP4 file, or nothing.
        settings: Options of each stage by their names.
    """

    title: str
    lines: Sequence[str]
    figures: Figures
    floor: Figures
    best: Figures
    frames: Mapping[str, Sequence[int]] = field(default_factory=dict)
    plots: Sequence[str] = ()
    sights: Mapping[str, Sequence[Sight]] = field(default_factory=dict)
    clip: bytes = b""
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def sign(metric: Metric, figures: Figures) -> bool | None:
    """Whether a figure is good, poor, or neither; eyes count where the target blinks."""
    if metric.name == "eye_correlation" and not figures.get("target_blinks"):
        return None
    return metric.good(figures.get(metric.name))


def page(report: Report) -> str:
    """The page, with pictures, plots and film inside of it."""
    parts = [
        f"<p>{_verdict(report.figures)}</p>",
        f'<p class="note">{SYNTHETIC}</p>',
        *listed(report.lines),
        *_clip(report.clip),
        *_table(report),
        *_frames(report.frames),
        "<h2>Over time</h2>",
        "<p>Dashed lines are cuts, or frames between them that were not measured.</p>",
        *plotted(report.plots),
        *_sights(report.sights),
        *explained(METRICS),
        *told(report.settings),
    ]
    return document(report.title, parts)


def _verdict(figures: Figures) -> str:
    signs = [sign(metric, figures) for metric in METRICS]
    good, poor = signs.count(True), signs.count(False)
    names = [m.title for m, s in zip(METRICS, signs, strict=True) if s is False]
    text = f"<b>{good} of {good + poor}</b> figures are as good as a convincing swap's."
    return text + (f' <span class="poor">Poor: {", ".join(names)}.</span>' if names else "")


def _clip(film: bytes) -> Iterable[str]:
    if film:
        yield "<h2>Target and output</h2>"
        yield f'<video controls loop muted playsinline src="{data("video/mp4", film)}"></video>'


def _table(report: Report) -> Iterable[str]:
    yield "<h2>Figures</h2>"
    yield (
        "<p>The floor is what the target itself has when it is encoded anew and not swapped: "
        "noise. The best is what the source's own frames have.</p>"
    )
    yield '<div class="wide"><table id="figures">'
    yield "<tr><th></th><th>value</th><th></th><th>bar</th><th>floor</th><th>best</th></tr>"
    for metric in METRICS:
        values = [which.get(metric.name) for which in (report.figures, report.floor, report.best)]
        value, floor, best = (escape(metric.text(v)) for v in values)
        cells = [value, _SIGNS[sign(metric, report.figures)], escape(metric.wanted), floor, best]
        row = "".join(f'<td class="number">{cell}</td>' for cell in cells)
        yield f'<tr id="{metric.name}"><td>{escape(metric.title)}</td>{row}</tr>'
    yield "</table></div>"


def _frames(frames: Mapping[str, Sequence[int]]) -> Iterable[str]:
    for what, numbers in frames.items():
        if numbers:
            said = ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in runs(numbers))
            yield f"<h3>{escape(what)}: {len(numbers)} frames</h3><p>{said}</p>"


def _sights(sights: Mapping[str, Sequence[Sight]]) -> Iterable[str]:
    yield "<h2>Worst frames</h2>"
    yield "<p>The source with its head turned most alike, the target, the output.</p>"
    for name, some in sights.items():
        metric = BY_NAME.get(name)
        if some:
            yield f"<h3>{escape(metric.title if metric else name)}</h3>"
            yield f'<div class="sights">{"".join(_figure(name, one) for one in some)}</div>'


def _figure(name: str, sight: Sight) -> str:
    said = f"frame {sight.frame}"
    if not math.isnan(sight.value):
        metric = BY_NAME[name]
        text = f"{sight.value:.3f}" if name in _OFF else metric.text(sight.value)
        said += f": {_OFF.get(name, '')}{text}"
    return picture(sight.jpeg, f"source, target and output of {said}", said)


def runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each run of numbers that follow each other.

    Example:
        >>> runs([3, 4, 5, 9])
        [(3, 5), (9, 9)]
    """
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found

"""Plots over time as SVG that stands in a page: no fonts, no colours but the page's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap.evaluation.series import Series

#: Width and height in inches; at 96 pixels an inch it is readable on a phone.
_SIZE = (5.2, 1.9)
#: Seen as well on white as on black: blue, orange, green.
_COLORS = ("#3b82c4", "#d97a1d", "#3a9d5d")
#: Points of a line; more are not seen.
_MOST = 600

#: Values along and up, by name.
Lines = Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]


class Plot(NamedTuple):
    """One plot: its lines by their names, and whether they are points far apart."""

    title: str
    lines: Mapping[str, NDArray[np.float64]]
    dots: bool = False


def plots_of(series: Series, identity: Mapping[str, NDArray[np.float64]]) -> list[Plot]:
    """The plots that belong on the page.

    Args:
        series: The values over time.
        identity: Each (n,) over the frames of `series`, NaN where nothing was sampled.
    """
    both = [("seam", "seam_target"), ("jitter", "jitter_target")]
    found = [Plot("distance of the descriptor", identity, dots=True)] if identity else []
    for part in ("mouth", "eyes"):
        lines = {"target": series[f"{part}_target"], "output": series[part]}
        found.append(Plot(f"opening of the {part}", lines))
    found.append(Plot("pose error above its offset, degrees", {"": series["pose_steady"]}))
    shares = 100 * series["expression_steady"]
    found.append(Plot("expression error above its offset, % between the eyes", {"": shares}))
    titles = {"seam": "colour difference at the edge", "jitter": "trembling"}
    for name, other in both:
        lines = {"target": series[other], "output": series[name]}
        found.append(Plot(titles[name], lines))
    found.append(Plot("flicker added, grey levels", {"": series["flicker"]}))
    found.append(Plot("difference in tone, CIE76", {"": series["tone"]}))
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = series["sharpness"] / series["sharpness_target"]
    return [*found, Plot("sharpness, output over target", {"": ratio})]


def draw(plots: Sequence[Plot], series: Series, seconds: NDArray[np.float64]) -> list[str]:
    """Each plot as `<svg>`, drawn in the colour of the text around it; cuts are dashed lines.

    Args:
        plots: What to draw.
        series: Says where the cuts are.
        seconds: (n,) times of its frames.
    """
    return [_drawn(plot, series, seconds) for plot in plots]


def drawn(
    title: str, lines: Lines, under: str, dots: bool = False, cuts: Sequence[float] = ()
) -> str:
    """One plot as `<svg>`, drawn in the colour of the text around it.

    Args:
        title: Said above it.
        lines: Along and up, by name; a single one may have none.
        under: What is told along.
        dots: Whether they are points far apart.
        cuts: Where dashed lines stand.
    """
    import matplotlib
    from matplotlib.figure import Figure

    how = {"svg.fonttype": "none", "svg.hashsalt": "faceswap", "font.size": 9}
    how |= {"path.simplify_threshold": 0.5, "axes.spines.top": False, "axes.spines.right": False}
    style = {"marker": ".", "linestyle": "none"} if dots else {"linewidth": 1.2}
    with matplotlib.rc_context(how):
        figure = Figure(_SIZE, layout="constrained")
        axes = figure.add_subplot()
        for color, (name, (x, y)) in zip(_COLORS, lines.items(), strict=False):
            axes.plot(x, y, color=color, label=name, **style)
        for at in cuts:
            axes.axvline(at, color="#888888", linewidth=0.7, linestyle=(0, (3, 3)))
        axes.set_title(title, loc="left", fontsize=9)
        axes.set_xlabel(under, fontsize=8)
        axes.tick_params(labelsize=8)
        if any(lines):
            axes.legend(loc="best", fontsize=8, frameon=False)
        return _svg(figure, title)


def _drawn(plot: Plot, series: Series, seconds: NDArray[np.float64]) -> str:
    lines = {name: _with_gaps(series, seconds, values) for name, values in plot.lines.items()}
    return drawn(plot.title, lines, "seconds", plot.dots, _cut_times(series, seconds))


def _with_gaps(
    series: Series, seconds: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The line, thinned out, with a hole where frames are missing or a shot ends."""
    step = max(1, len(seconds) // _MOST)
    if np.isnan(values).mean() > 0.5:
        kept = ~np.isnan(values)
        return seconds[kept], values[kept]
    broken = np.flatnonzero((np.diff(series.frames) > 1) | (np.diff(series.shots) > 0)) + 1
    chosen = np.union1d(np.arange(0, len(seconds), step), np.r_[broken, broken - 1]).astype(int)
    chosen = chosen[chosen < len(seconds)]
    x, y = seconds[chosen], values[chosen].copy()
    holes = np.searchsorted(chosen, broken)
    return np.insert(x, holes, x[holes]), np.insert(y, holes, np.nan)


def _cut_times(series: Series, seconds: NDArray[np.float64]) -> list[float]:
    """When shots begin, but for the first."""
    at = np.searchsorted(series.frames, series.cuts)
    return [float(seconds[n]) for n in at if 0 < n < len(seconds)]


def _svg(figure: Any, title: str) -> str:
    text = StringIO()
    figure.patch.set_alpha(0)
    for axes in figure.axes:
        axes.patch.set_alpha(0)
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    # What it says of licences and kinds of documents is of no use inside a page.
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = svg.replace("#000000", "currentColor")
    return svg.replace("<svg", f'<svg role="img" aria-label="{title}"', 1)

"""The page that shows how a training goes: faces, and below them curves of its history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.pictures.levels import levels
from faceswap.training.history import HELD_OUT, Line

Image = NDArray[np.uint8]
Column = tuple[str, NDArray[np.float32]]
#: A title, and curves by name: (n, 2) minutes and values.
Panel = tuple[str, Mapping[str, NDArray[np.float64]]]

#: Pixels: a face's side, the strip with the names of the columns, the gap between two groups of
#: columns, the height of the curves.
SIDE, STRIP, GAP, CURVES = 160, 30, 16, 290
#: Groups of columns beside each other, so that the page is as wide as a screen.
GROUPS = 2
#: Points of a curve; a training of a day has twenty thousand segments.
POINTS = 300
#: What is drawn of a measurement, panel by panel.
PANELS = {
    "ssim of held-out faces, and sharpness": ("ssim_source", "ssim_target", "sharpness"),
    "identity of the swap": ("gain", "margin"),
    "expression of the swap": ("followed", "mouth", "eyes"),
}
#: What is drawn of each of several trainings.
COMPARED = {
    "ssim of held-out faces of the target": "ssim_target",
    "identity of the swap: gain": "gain",
    "expression of the swap: followed": "followed",
}
_COLORS = ("#1f6fb4", "#e07b16", "#3a9b52")
_INK, _PAPER = "#333333", "white"


def page(columns: Sequence[Column], history: Iterable[Line], title: str) -> Image:
    """A picture of faces in named columns, above the curves of a history.

    Args:
        columns: Names, and (n, s, s, 3) faces from 0 to 1.
        history: Lines as `History` gives them.
        title: Said at the top.
    """
    lines = list(history)
    measured = [line for line in lines if HELD_OUT in line]
    panels: list[Panel] = [("loss", {"loss": _losses(lines)})]
    for name, figures in PANELS.items():
        curves = {one.removeprefix("ssim_"): _series(measured, one) for one in figures}
        panels.append((name, curves))
    return drawn(columns, panels, title)


def compared(
    columns: Sequence[Column], histories: Mapping[str, Iterable[Line]], title: str
) -> Image:
    """The same of several trainings by name, their curves in the same panels."""
    runs = {name: list(history) for name, history in histories.items()}
    panels: list[Panel] = [("loss", {name: _losses(lines) for name, lines in runs.items()})]
    for said, figure in COMPARED.items():
        measured = {n: [line for line in lines if HELD_OUT in line] for n, lines in runs.items()}
        panels.append((said, {name: _series(lines, figure) for name, lines in measured.items()}))
    return drawn(columns, panels, title)


def drawn(columns: Sequence[Column], panels: Sequence[Panel], title: str) -> Image:
    """A picture of faces above panels of curves.

    Returns:
        (h, w, 3) uint8 RGB; about 1600 by 870 for five columns of six faces.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    faces = _faces([faces for _, faces in columns])
    height, width = faces.shape[0] + 2 * STRIP + CURVES, faces.shape[1]
    figure = Figure((width / 100, height / 100), dpi=100, facecolor=_PAPER)
    figure.figimage(faces, 0, CURVES)
    _say(figure, 0.5, 1 - 0.5 * STRIP / height, title, weight="bold")
    group = (width - (GROUPS - 1) * GAP) // GROUPS
    for number, (name, _) in enumerate([*columns] * GROUPS):
        which, column = divmod(number, len(columns))
        x = which * (group + GAP) + (column + 0.5) * SIDE
        _say(figure, x / width, 1 - 1.5 * STRIP / height, name)
    _draw(figure, panels, CURVES / height)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[:, :, :3])


def _faces(columns: Sequence[NDArray[np.float32]]) -> Image:
    """The faces as a picture: a row for each, the first half of the rows beside the second."""
    rows = [np.concatenate([_large(face) for face in row], 1) for row in zip(*columns, strict=True)]
    blank = np.full_like(rows[0], 255)
    high = -(-len(rows) // GROUPS)
    groups = [rows[n * high : (n + 1) * high] for n in range(GROUPS)]
    stacks = [np.concatenate(group + [blank] * (high - len(group))) for group in groups]
    gap = np.full((stacks[0].shape[0], GAP, 3), 255, np.uint8)
    parts = [part for stack in stacks for part in (gap, stack)]
    return np.concatenate(parts[1:], axis=1)


def _large(face: NDArray[np.float32]) -> Image:
    return np.asarray(
        cv2.resize(levels(face), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.uint8
    )


def _say(figure: Any, x: float, y: float, text: str, **how: Any) -> None:
    figure.text(x, y, text, ha="center", va="center", size=12, color=_INK, **how)


def _draw(figure: Any, panels: Sequence[Panel], share: float) -> None:
    """The panels, in the lowest `share` of the page."""
    grid = {"left": 0.035, "right": 0.99, "bottom": share * 0.17, "top": share * 0.77}
    axes = figure.subplots(1, len(panels), gridspec_kw={"wspace": 0.16} | grid)
    for axis, (title, curves) in zip(axes, panels, strict=True):
        _panel(axis, title, curves)


def _losses(lines: Sequence[Line]) -> NDArray[np.float64]:
    found = [(line["seconds"] / 60, line["loss"]) for line in lines if "loss" in line]
    return np.asarray(found, float).reshape(-1, 2)


def _series(measured: Sequence[Line], name: str) -> NDArray[np.float64]:
    """(n, 2) minutes and values of a figure, where there is one."""
    found = [(line["seconds"] / 60, line[HELD_OUT][name]) for line in measured]
    return np.asarray([pair for pair in found if pair[1] is not None], float).reshape(-1, 2)


def _panel(axis: Any, title: str, curves: Mapping[str, NDArray[np.float64]]) -> None:
    axis.set_title(title, size=11, color=_INK, loc="left", pad=20)
    for (name, values), color in zip(curves.items(), _COLORS, strict=False):
        minutes, heights = _thinned(values).T
        mark = "o" if len(minutes) < 40 else None
        now = f"{name} {heights[-1]:.2f}" if len(heights) else name
        axis.plot(minutes, heights, marker=mark, ms=3, lw=1.6, color=color, label=now)
    axis.tick_params(labelsize=9, colors=_INK, length=2)
    axis.set_xlabel("minutes", size=9, color=_INK, labelpad=1)
    axis.grid(color="#dddddd", lw=0.6)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
    axis.margins(y=0.15)
    axis.set_xlim(left=0)
    # Above the curves, that it never lies on one.
    place = {"loc": "lower left", "bbox_to_anchor": (-0.02, 0.97), "ncols": 3}
    short = {"handlelength": 1.0, "handletextpad": 0.4, "columnspacing": 1.0}
    axis.legend(fontsize=9, frameon=False, labelcolor=_INK, **place, **short)


def _thinned(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """At most `POINTS` rows, each the mean of as many."""
    parts = np.array_split(values, POINTS) if len(values) > POINTS else [values]
    return np.asarray([part.mean(axis=0) for part in parts]) if len(parts) > 1 else values

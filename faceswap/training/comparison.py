"""Two trainings side by side: what they draw of the same faces, and how they went."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from faceswap.data.dataset import SIDES, WarpedPairs
from faceswap.data.held_out import split
from faceswap.data.packed import PackedFaces
from faceswap.errors import BadOption, Unsupported
from faceswap.films.images import encode_image
from faceswap.model import FaceModel, Faces, Swaps
from faceswap.storage import durable
from faceswap.training.curves import Column, compared
from faceswap.training.examiner import Figures
from faceswap.training.history import HELD_OUT, History
from faceswap.training.learnt import learnt, model_folder
from faceswap.workspace import Workspace
from faceswap.writing.image_writer import PREVIEW, commented

#: Faces that are shown, and the share of a side's that may be among them.
ROWS, HELD = 6, 0.1
#: Letters of a workspace's name that are shown.
NAME = 14


class Run(NamedTuple):
    """One training: its number and what its workspace is called, model, network, history."""

    name: str
    model: FaceModel
    net: Any
    history: History


def compare(first: Path, second: Path, to: Path) -> tuple[str, dict[str, Any], list[str]]:
    """Write the sheet of two workspaces' trainings to a PNG file.

    The faces are those of the first one's target that its training holds out; both may be trainings
    that still go on.

    Returns:
        A line to tell, a record of the newest figures of both, and lines of these.

    Raises:
        BadOption: If `to` is no name of a PNG file.
        MissingArtefact: If one of them has no model, or the first no packed crops.
        Unsupported: If one of the models does not swap.
    """
    if to.suffix.lower() != ".png" or not to.parent.is_dir():
        raise BadOption(f"to takes a PNG file in a folder that is there, not {str(to)!r}")
    runs = [_run(first, "1"), _run(second, "2")]
    work = Workspace.open(first)
    sides = {side: PackedFaces(work.require(f"{side}/pairs")) for side in SIDES}
    picture = compared(
        list(_columns(sides, runs)),
        {run.name: run.history for run in runs},
        " and ".join(f"{run.name}: {run.model.name}" for run in runs),
    )
    durable.write(to, commented(encode_image(picture, "png"), "png", PREVIEW))
    figures = {run.name: _newest(run.history) for run in runs}
    return f"compared on {to}", {"sheet": str(to), "figures": figures}, list(_table(figures))


def _run(path: Path, number: str) -> Run:
    work = Workspace.open(path)
    model, net = learnt(work.root)
    if not isinstance(model, Swaps):
        raise Unsupported(f"{path}: model {model.name} cannot swap faces")
    name = f"{number} {path.resolve().name[:NAME]}"
    return Run(name, model, net, History(model_folder(work.root) / "history.jsonl"))


def _columns(sides: dict[str, PackedFaces], runs: list[Run]) -> Iterator[Column]:
    count = len(sides["target"].faces)
    places = np.resize(split(count, HELD).measured(ROWS, ROWS), ROWS).tolist()
    sizes = {run.name: getattr(run.model, "size", 0) for run in runs}
    faces = {size: WarpedPairs(sides, size, 1).plain("target", places) for size in sizes.values()}
    yield "target", faces[max(faces)]
    swapped = {run.name: _swapped(run, faces[sizes[run.name]]) for run in runs}
    for number, what in enumerate(("copy", "swap")):
        for name, drawn in swapped.items():
            yield f"{what} {name.split()[0]}", drawn[number]


def _swapped(run: Run, faces: Faces) -> tuple[Faces, Faces]:
    assert isinstance(run.model, Swaps)
    drawn = run.model.swap(run.net, faces)
    return drawn.copies, drawn.faces


def _newest(history: History) -> dict[str, Any]:
    """Step, minutes and the last figures of held-out faces."""
    lines = list(history)
    measured = [line[HELD_OUT] for line in lines if HELD_OUT in line]
    last = lines[-1] if lines else {"step": 0, "seconds": 0.0}
    said = {"step": last["step"], "minutes": round(last["seconds"] / 60, 1)}
    return said | (measured[-1] if measured else {})


def _table(figures: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield f"{'':17}" + "".join(f"{name:>18}" for name in figures)
    for name in ("step", "minutes", *Figures.__struct_fields__):
        values = [figures[run].get(name) for run in figures]
        if any(value is not None for value in values):
            yield f"{name:17}" + "".join(f"{_told(value):>18}" for value in values)


def _told(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"

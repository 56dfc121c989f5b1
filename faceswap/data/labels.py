"""Labels: a table beside the packed faces that says of each where it is from and what it does."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.alignment.pose import mouth_opening, pose
from faceswap.data.expression import MEASURES, expression
from faceswap.errors import BadOption, Damaged
from faceswap.pictures.geometry import Points
from faceswap.storage import durable, limits
from faceswap.storage.untrusted import read_bytes, said

FILE = "labels.csv"
#: Where a face is from: its crop, the picture or film, the folder given, the person's name.
ORIGINS = ("crop", "file", "folder", "person")
#: What is measured of each face, and where its classes begin: the names of the classes, and the
#: bounds between them. Yaw in degrees, `mouth` in widths of the mouth, `eyes` and `smile` in the
#: usual deviations from the mean face while somebody speaks, `glasses` in edge energy over the
#: nose's bridge, brightness in grey levels.
CLASSES: Mapping[str, tuple[tuple[str, ...], tuple[float, ...]]] = {
    "yaw": (("left", "front", "right"), (-12.0, 12.0)),
    "pitch": (("up", "level", "down"), (-12.0, 12.0)),
    "mouth": (("closed", "open"), (0.12,)),
    "smile": (("neutral", "smiling"), (0.8,)),
    "eyes": (("closed", "open"), (-2.0,)),
    "glasses": (("without", "with"), (1.5,)),
    "brightness": (("dark", "light"), (110.0,)),
}
#: What is measured and is another in a mirror; words that say so of classes of one's own.
TURNED, SIDES = ("yaw",), {"left", "right"}
#: A column of numbers of one's own with more values than this has two classes.
FEW = 12
#: The class of a face that has no label: it is not learnt from.
NONE = -1

_SMILE = [list(MEASURES).index(name) for name in ("mouth wide", "corners up")]
_EYES = list(MEASURES).index("eyes open")


@dataclass(frozen=True)
class Labels:
    """Columns of text by name, each with a cell for every packed face."""

    columns: Mapping[str, Sequence[str]]

    @classmethod
    def load(cls, folder: Path, count: int) -> Labels:
        """The table in a folder of packed faces; raises `Damaged` unless it is of `count` faces."""
        path = folder / FILE
        columns = read_table(path, "run warp again")
        if any(len(cells) != count for cells in columns.values()) or not columns:
            raise Damaged(f"{path} has not a line for each of {count} faces: run warp again")
        return cls(columns)

    def save(self, folder: Path) -> None:
        """Write the table into the folder."""
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(self.columns)
        rows.writerows(zip(*self.columns.values(), strict=True))
        durable.write(folder / FILE, text.getvalue().encode())

    def numbers(self, column: str) -> NDArray[np.float64] | None:
        """A column as numbers, NaN where a cell is empty; None where some cell is no number."""
        try:
            return np.array([float(cell) if cell else np.nan for cell in self.column(column)])
        except ValueError:
            return None

    def rows(self, places: NDArray[np.intp]) -> Labels:
        """The table of the faces at these places."""
        return Labels({name: [cells[p] for p in places] for name, cells in self.columns.items()})

    def matching(self, where: str) -> NDArray[np.bool_]:
        """Which faces are of all the classes of a text like `smile=smiling+yaw=front`.

        Raises:
            BadOption: Where there is no such column or class.
        """
        found = np.ones(len(next(iter(self.columns.values()))), bool)
        for wanted in filter(None, where.split("+")):
            column, _, name = wanted.partition("=")
            names, classes = self.classes(column.strip())
            if name.strip() not in names:
                raise BadOption(f"no class {name!r} of {column}: there are {', '.join(names)}")
            found &= classes == names.index(name.strip())
        return found

    def column(self, name: str) -> Sequence[str]:
        """A column's cells; raises `BadOption` for one that there is not."""
        if name not in self.columns:
            known = ", ".join(self.columns)
            raise BadOption(f"no column {name!r} among the faces' labels: there are {known}")
        return self.columns[name]

    def classes(self, column: str) -> tuple[list[str], NDArray[np.int32]]:
        """The names of a column's classes, and each face's class; `NONE` where it has no label.

        What is measured has the classes of `CLASSES`. A column of one's own has a class for each
        text in it; one of many numbers has two, below and above their median.

        Raises:
            BadOption: Where there is no such column, or fewer than two classes in it.
        """
        numbers = self.numbers(column)
        if column in CLASSES and numbers is not None:
            known, bounds = CLASSES[column]
            return list(known), _binned(numbers, bounds)
        if numbers is not None and len(np.unique(numbers[np.isfinite(numbers)])) > FEW:
            middle = float(np.nanmedian(numbers))
            return [f"below {middle:g}", f"from {middle:g}"], _binned(numbers, (middle,))
        names = sorted({cell for cell in self.column(column) if cell})
        if len(names) < 2:
            raise BadOption(f"all faces have the same {column}: there is nothing to tell apart")
        place = {name: number for number, name in enumerate(names)}
        return names, np.array([place.get(cell, NONE) for cell in self.column(column)], np.int32)

    def sided(self, column: str) -> bool:
        """Whether the mirror image of a face may be of another class than the face.

        So for `yaw`, for words of which one is left or right, and for numbers of one's own, whose
        sign may be a side.
        """
        if column in CLASSES:
            return column in TURNED
        words = {
            word for cell in self.column(column) for word in re.findall("[a-z]+", cell.lower())
        }
        return self.numbers(column) is not None or bool(SIDES & words)


def measured(points: Points, picture: NDArray[np.uint8]) -> dict[str, float]:
    """The figures of `CLASSES` of an aligned face.

    Args:
        points: (68, 2) landmarks in pixels of the crop.
        picture: (s, s, 3) RGB crop.
    """
    turned, doing = pose(points), expression(points[None])[0]
    return {
        "yaw": turned.yaw,
        "pitch": turned.pitch,
        "mouth": mouth_opening(points),
        "smile": float(doing[_SMILE].mean()),
        "eyes": float(doing[_EYES]),
        "glasses": bridge(points, picture),
        "brightness": float(picture[::4, ::4].mean()),
    }


def bridge(points: Points, picture: NDArray[np.uint8]) -> float:
    """Edges across the nose's bridge over those across its back: a frame there is a dark line.

    About 0.5 without glasses, 1.3 on small pictures enlarged; above 1.5 with most.
    """
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (3, 3), 0)
    edges = np.abs(cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    width = float(np.linalg.norm(points[42] - points[39])) / 4
    (x, top), back = points[27], points[29]
    rows = [_mean(edges, x, y, width) for y in (top, back[1])]
    return float(rows[0] / (rows[1] + 4.0))


def merged(
    origins: Sequence[Mapping[str, str]],
    figures: Iterable[Mapping[str, float]],
    own: Mapping[str, Mapping[str, str]],
) -> Labels:
    """The table of faces.

    Args:
        origins: Of each face its `ORIGINS`.
        figures: Of each face what `measured` gave.
        own: Cells by the name of a file and of a column, from a file of one's own.
    """
    rows = [
        {**own.get(o["file"], {}), **o, **{name: f"{value:.3f}" for name, value in f.items()}}
        for o, f in zip(origins, figures, strict=True)
    ]
    extra = dict.fromkeys(name for cells in own.values() for name in cells)
    names = [*ORIGINS, *CLASSES, *(name for name in extra if name not in (*ORIGINS, *CLASSES))]
    return Labels({name: [row.get(name, "") for row in rows] for name in names})


def own_labels(path: Path) -> dict[str, dict[str, str]]:
    """A file of one's own: for each picture's name the cells of its line.

    One column is called `file`; folders before the name are left out.

    Raises:
        BadOption: Where there is no such column.
    """
    try:
        columns = read_table(path, "see docs/synthesis.md")
    except Damaged as error:
        raise BadOption(str(error)) from None
    if "file" not in columns:
        raise BadOption(f"{path} has no column `file`: see docs/synthesis.md")
    names = [PurePosixPath(cell).name for cell in columns["file"]]
    others = {name: cells for name, cells in columns.items() if name != "file"}
    return {
        name: {column: cells[row] for column, cells in others.items()}
        for row, name in enumerate(names)
    }


def read_table(path: Path, advice: str) -> dict[str, list[str]]:
    """The columns of a CSV file with a header; raises `Damaged` where it is none."""
    try:
        text = read_bytes(path, limits.JSON_BYTES).decode("utf-8-sig")
        header, *rows = csv.reader(io.StringIO(text), strict=True)
        if len(set(header)) != len(header) or any(len(row) != len(header) for row in rows):
            raise ValueError("lines of different lengths, or a column twice")
    except (OSError, ValueError, csv.Error) as error:
        raise Damaged(f"{path} is no table ({said(error)}): {advice}") from None
    return {name: [row[place] for row in rows] for place, name in enumerate(header)}


def _binned(numbers: NDArray[np.float64], bounds: Sequence[float]) -> NDArray[np.int32]:
    found = np.digitize(numbers, bounds).astype(np.int32)
    found[~np.isfinite(numbers)] = NONE
    return found


def _mean(edges: NDArray[np.float32], x: float, y: float, reach: float) -> float:
    """The strongest row of edges in a square about a point, as the mean along it."""
    size = edges.shape[0]
    left, right = (int(np.clip(x + s * reach, 0, size - 1)) for s in (-1, 1))
    low, high = (int(np.clip(y + s * reach, 0, size - 1)) for s in (-1, 1))
    return float(edges[low : high + 1, left : right + 1].mean(axis=1).max())

"""The worst frames of each figure, and the pictures that show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap.evaluation.portraits import SIDE, Portrait, nearest, portrait
from faceswap.evaluation.reel import Reel
from faceswap.evaluation.series import Series
from faceswap.films.images import encode_image
from faceswap.pictures.sheet import sheet
from faceswap.writing.image_writer import PREVIEW, commented

Values = NDArray[np.float64]

#: Frames shown of each figure, and how far apart they lie at least: neighbours look the same.
SHOWN, APART = 3, 12


class Sight(NamedTuple):
    """One frame shown: source, target and output side by side as a JPEG file."""

    frame: int
    value: float
    jpeg: bytes


def badness(series: Series, margin: Values) -> dict[str, tuple[Values, Values]]:
    """For each metric with a worst frame, how bad each frame is, and the value to say.

    Args:
        series: The values over time.
        margin: (n,) identity margins over its frames, NaN where there was no sample.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        sharp = series["sharpness"] / series["sharpness_target"]
    opened = {p: _apart(series[p] - series[f"{p}_target"]) for p in ("mouth", "eyes")}
    seam = series["seam"] - series["seam_target"]
    plain = {
        "pose_error_steady": series["pose_steady"],
        "expression_error_steady": series["expression_steady"],
        "mouth_correlation": opened["mouth"],
        "eye_correlation": opened["eyes"],
        "jitter": series["jitter"],
        "flicker": series["flicker"],
        "seam": seam,
        "tone": series["tone"],
    }
    found = {name: (values, values) for name, values in plain.items()}
    return {"margin": (-margin, margin), **found, "sharpness": (-sharp, sharp)}


def worst(bad: Values, frames: NDArray[np.int64], count: int = SHOWN) -> list[int]:
    """Positions of the worst frames, the worst first, none near another."""
    chosen: list[int] = []
    for at in np.argsort(-np.nan_to_num(bad, nan=-np.inf), kind="stable"):
        if len(chosen) == count or np.isnan(bad[at]):
            break
        if all(abs(int(frames[at] - frames[other])) >= APART for other in chosen):
            chosen.append(int(at))
    return chosen


def sights(
    wanted: Mapping[str, Sequence[tuple[int, float]]],
    points: Mapping[int, NDArray[np.float32]],
    films: tuple[Reel, Reel],
    sitters: list[Portrait],
) -> dict[str, list[Sight]]:
    """The pictures of frames: the source's face turned most alike, the target's, the output's.

    Args:
        wanted: For each name, numbers of frames, and what to say of each.
        points: The target's landmarks (68, 2) in each of these frames.
        films: Target and output.
        sitters: Faces of the source.
    """
    drawn: dict[int, bytes] = {}
    numbers = sorted({number for some in wanted.values() for number, _ in some})
    with films[0].reader() as target, films[1].reader() as output:
        for number in numbers:
            at = points[number].astype(np.float64)
            both = [image for r in (target, output) for _, image in r.frames(number, number + 1)]
            like = nearest(sitters, at)
            row = [like.picture] if like else []
            row += [portrait(image, at) for image in both]
            drawn[number] = commented(
                encode_image(sheet(row, len(row), SIDE), "jpg"), "jpg", PREVIEW
            )
    return {
        name: [Sight(number, value, drawn[number]) for number, value in some]
        for name, some in wanted.items()
    }


def _apart(difference: Values) -> Values:
    """How far a difference is from the usual one."""
    known = difference[~np.isnan(difference)]
    return np.abs(difference - np.median(known)) if known.size else difference

"""The figures of what was seen: numbers for each of `metrics.METRICS`, and what they count."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from faceswap.evaluation import following
from faceswap.evaluation.likeness import identity_variance, likeness, top1
from faceswap.evaluation.observing import Seen
from faceswap.evaluation.series import Series

Descriptors = NDArray[np.float64]
Figures = dict[str, float | None]

#: A face that changed less than this in the mean, in grey levels, or less than so many times what
#: encoding anew changes, was not swapped. Swaps change 8 and more.
LEAST_CHANGE, TIMES = 1.5, 2.0


def figures(
    seen: Sequence[Seen],
    series: Series,
    source: Descriptors,
    target: Descriptors,
    gallery: Descriptors,
    sharp: float,
    noise: float = 0.0,
) -> Figures:
    """Every metric's value, None where it could not be measured.

    Args:
        seen: What was seen of the films.
        series: The same as arrays.
        source: (n, 128) descriptors of the source's frames.
        target: (m, 128) of the target's.
        gallery: (k, 128) persons, the source's mean first.
        sharp: The source's median sharpness at the target's size.
        noise: The change that encoding anew makes inside the face, in grey levels.
    """
    found = {
        **_identity(seen, series, source, target, gallery),
        **_movement(series),
        **_blinks(series),
        **_looks(series, sharp),
        "face_found": series.mean("found"),
        "unswapped": float(len(unswapped(series, noise))),
    }
    return {name: None if math.isnan(value) else float(value) for name, value in found.items()}


def unswapped(series: Series, noise: float = 0.0) -> list[int]:
    """The frames whose face is as it was."""
    least = max(LEAST_CHANGE, TIMES * noise)
    with np.errstate(invalid="ignore"):
        return [int(n) for n in series.frames[series["change"] < least]]


def missing(series: Series) -> list[int]:
    """The frames in which the target has a face and the output has none."""
    return [int(n) for n in series.frames[~series.both]]


def described(seen: Sequence[Seen]) -> Descriptors:
    """(n, 128) descriptors of the output's faces, as far as they were taken."""
    rows = [one.output_numbers for one in seen if one.output_numbers is not None]
    return np.array(rows, np.float64).reshape(-1, 128)


def _identity(
    seen: Sequence[Seen],
    series: Series,
    source: Descriptors,
    target: Descriptors,
    gallery: Descriptors,
) -> dict[str, float]:
    output = described(seen)
    shot = dict(zip(series.frames.tolist(), series.shots.tolist(), strict=True))
    shots = np.array([shot[one.frame] for one in seen if one.output_numbers is not None])
    names = ("margin", "margin_p10", "margin_positive", "gain", "verification")
    return {
        **dict.fromkeys(names, math.nan),
        **likeness(output, source, target),
        "top1": top1(output, gallery),
        "identity_variance": identity_variance(output, source, shots),
    }


def _movement(series: Series) -> dict[str, float]:
    both = series.both
    frames, shots = series.frames[both], series.shots[both]
    found = {
        "pose_error": series.mean("pose"),
        "pose_error_steady": series.mean("pose_steady"),
        "expression_error": series.mean("expression"),
        "expression_error_steady": series.mean("expression_steady"),
        "jitter": _ratio(series.mean("jitter"), series.mean("jitter_target")),
    }
    for part, name in (("mouth", "mouth"), ("eyes", "eye")):
        old, new = series[f"{part}_target"][both], series[part][both]
        found[f"{name}_correlation"] = following.correlation(old, new, shots)
        found[f"{name}_amplitude"] = following.amplitude(old, new, shots)
        found[f"{name}_lag"] = following.lag(old, new, frames, shots)
    return found


def _blinks(series: Series) -> dict[str, float]:
    both = series.both
    frames, shots = series.frames[both], series.shots[both]
    old = following.blinks(series["eyes_target"][both], frames, shots)
    new = following.blinks(series["eyes"][both], frames, shots)
    kept = following.kept_blinks(old, new)
    share = kept / len(old) if old else math.nan
    counts = {"target_blinks": len(old), "output_blinks": len(new)}
    return {"blinks_kept": share, **{name: float(count) for name, count in counts.items()}}


def _looks(series: Series, sharp: float) -> dict[str, float]:
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = series["sharpness"] / series["sharpness_target"]
    return {
        "change": series.mean("change"),
        "tone": series.mean("tone"),
        "seam": series.mean("seam") - series.mean("seam_target"),
        "flicker": series.mean("flicker"),
        "psnr_outside": series.mean("psnr"),
        "sharpness": _median(ratio),
        "sharpness_source": _ratio(_median(series["sharpness"]), sharp),
    }


def _median(values: NDArray[np.float64]) -> float:
    values = values[np.isfinite(values)]
    return float(np.median(values)) if values.size else math.nan


def _ratio(value: float, other: float) -> float:
    return value / other if other > 0 else math.nan

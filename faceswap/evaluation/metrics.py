"""The figures an evaluation gives: what each is called, how it is measured, and its bar."""

from __future__ import annotations

import math
from collections.abc import Sequence

from faceswap.errors import BadOption, NotGoodEnough
from faceswap.evaluation.metric import Metric

METRICS = (
    Metric(
        "face_found",
        "face found",
        "more",
        0.98,
        "Share of the target's frames with a face in which the output has one at its place.",
        "%",
        1,
    ),
    Metric(
        "unswapped",
        "unswapped frames",
        "less",
        0,
        "Frames whose face is as it was, but for what encoding anew changes.",
        digits=0,
    ),
    Metric(
        "margin",
        "identity margin",
        "more",
        0.10,
        "How much nearer the output's descriptor is to the source's mean than to the target's.",
    ),
    Metric(
        "margin_p10",
        "identity margin, worst tenth",
        "more",
        0.0,
        "The 10th percentile of the margin over the sampled frames.",
    ),
    Metric(
        "margin_positive",
        "nearer to the source",
        "more",
        None,
        "Share of the sampled frames with a margin above 0.",
        "%",
        0,
    ),
    Metric(
        "gain",
        "gain",
        "more",
        0.45,
        "(d0 - d) / (d0 - w): d is the output's mean distance from the source's mean descriptor, "
        "d0 the target's own, w the source's own frames' from the mean of the others.",
    ),
    Metric(
        "verification",
        "verified as the source",
        "more",
        None,
        "Share of frames nearer to the source than half-way between w and d0.",
        "%",
        0,
    ),
    Metric(
        "top1",
        "found first in the gallery",
        "more",
        0.95,
        "Share of frames to which the source is the nearest of all persons of the gallery.",
        "%",
        0,
    ),
    Metric(
        "identity_variance",
        "unsteadiness of identity",
        "less",
        None,
        "Deviation of the distance from the source within shots.",
        digits=3,
    ),
    Metric(
        "pose_error",
        "pose error",
        "less",
        None,
        "Length of the difference in yaw, pitch and roll.",
        "°",
    ),
    Metric(
        "pose_error_steady",
        "pose error above its offset",
        "less",
        1.5,
        "The same after the median difference, which is the faces' and not the movement's.",
        "°",
    ),
    Metric(
        "expression_error",
        "expression error",
        "less",
        None,
        "Mean distance of brows, eyes and mouth after laying the faces on each other, in shares of "
        "the distance between the eyes' outer corners.",
        "%",
    ),
    Metric(
        "expression_error_steady",
        "expression error above its offset",
        "less",
        0.015,
        "The same after each point's median difference.",
        "%",
    ),
    Metric(
        "mouth_correlation",
        "mouth follows",
        "more",
        0.85,
        "Correlation over time of the inner lips' opening, within shots.",
    ),
    Metric(
        "mouth_amplitude",
        "mouth's amplitude",
        "near",
        0.6,
        "Deviation of the mouth's opening, output over target.",
        upper=1.4,
        ideal=1.0,
    ),
    Metric(
        "mouth_lag",
        "mouth's lag",
        "near",
        0,
        "Frames by which the mouth follows the target's, where the correlation is highest.",
        "frames",
        0,
        upper=0,
    ),
    Metric(
        "eye_correlation",
        "eyes follow",
        "more",
        0.6,
        "Correlation over time of the eyes' opening; held to its bar where the target blinks.",
    ),
    Metric(
        "eye_amplitude",
        "eyes' amplitude",
        "near",
        None,
        "Deviation of the eyes' opening, output over target.",
        ideal=1.0,
    ),
    Metric(
        "blinks_kept",
        "blinks kept",
        "more",
        None,
        "Share of the target's blinks that the output has within three frames.",
        "%",
        0,
    ),
    Metric(
        "jitter",
        "trembling",
        "less",
        1.1,
        "Second differences of the landmarks, output over target: 1 is as steady as the target.",
    ),
    Metric(
        "flicker",
        "flicker added",
        "near",
        -0.8,
        "Change inside the face from frame to frame along the target's optical flow, output minus "
        "target, in grey levels.",
        upper=1.0,
    ),
    Metric(
        "seam",
        "seam added",
        "less",
        5.0,
        "Colour difference (CIE76) across the face's edge, output minus target.",
        digits=1,
    ),
    Metric(
        "tone",
        "difference in tone",
        "less",
        5.0,
        "Colour difference (CIE76) between the face's mean colours in output and target.",
        digits=1,
    ),
    Metric(
        "sharpness",
        "sharpness",
        "more",
        0.4,
        "Variance of the Laplacian inside the face, output over target, the median frame's.",
    ),
    Metric(
        "sharpness_source",
        "sharpness against the source",
        "more",
        None,
        "The output's over the median of the source's at the same size of the face.",
    ),
    Metric(
        "psnr_outside",
        "outside of the face",
        "more",
        None,
        "PSNR of the frame outside of the face's outline made 1.6 times as wide.",
        "dB",
        1,
    ),
)
BY_NAME = {metric.name: metric for metric in METRICS}


def limits(said: Sequence[str], metrics: Sequence[Metric] = METRICS) -> dict[str, float]:
    """The limits in a list of `metric=value`, of these metrics.

    Raises:
        BadOption: For what is no metric, or no number.
    """
    found, known = {}, [metric.name for metric in metrics]
    for text in said:
        name, sign, value = text.partition("=")
        if name not in known:
            raise BadOption(f"no metric `{name}`: there are {', '.join(known)}")
        try:
            found[name] = float(value)
        except ValueError:
            found[name] = math.nan
        if not sign or not math.isfinite(found[name]):
            raise BadOption(f"fail_under takes metric=value, such as {name}=0.1, not {text!r}")
    return found


def demand(
    figures: dict[str, float | None],
    wanted: dict[str, float],
    metrics: Sequence[Metric] = METRICS,
) -> None:
    """Refuses figures that are worse than the limits.

    Raises:
        NotGoodEnough: Names each metric that failed, its value and its limit.
    """
    said, known = [], {metric.name: metric for metric in metrics}
    for name, limit in wanted.items():
        metric, value = known[name], figures.get(name)
        if value is None:
            said.append(f"{name} could not be measured, its limit is {limit:g}")
        elif metric.worse(value, limit):
            side = {"more": "at least", "less": "at most"}.get(metric.better)
            asked = (
                f"{side} {limit:g}" if side else f"no further from {metric.ideal:g} than {limit:g}"
            )
            said.append(f"{name} is {value:.4g}, asked for is {asked}")
    if said:
        raise NotGoodEnough("; ".join(said))

"""Series: what was seen of two films as arrays over their frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceswap.evaluation import following
from faceswap.evaluation.observing import Seen

Values = NDArray[np.float64]

_MOVEMENT = (
    *("pose", "pose_steady", "expression", "expression_steady"),
    *("mouth", "mouth_target", "eyes", "eyes_target", "jitter", "jitter_target"),
)


@dataclass(frozen=True)
class Series:
    """Frames in which the target's face was seen, and values for each; NaN where there is none.

    Attributes:
        frames: (n,) numbers in the target.
        shots: (n,) numbers of the stretch without a cut that each lies in.
        values: Each (n,): `change`, `tone`, `seam`, `seam_target`, `sharpness`,
            `sharpness_target`, `psnr`, `flicker`, `pose`, `pose_steady`, `expression`,
            `expression_steady`, `mouth`, `mouth_target`, `eyes`, `eyes_target`, `jitter`,
            `jitter_target`, and `found`, 1 where the output has a face.
        cuts: Numbers of all measured frames with which a shot, or a stretch, begins.
    """

    frames: NDArray[np.int64]
    shots: NDArray[np.int64]
    values: dict[str, Values]
    cuts: list[int]

    def __getitem__(self, name: str) -> Values:
        """The values of a name."""
        return self.values[name]

    @property
    def both(self) -> NDArray[np.bool_]:
        """Where both films have the face."""
        return self.values["found"] > 0

    def mean(self, name: str) -> float:
        """Mean over the frames that have a value; NaN where none has."""
        values = self.values[name]
        values = values[~np.isnan(values)]
        return float(values.mean()) if values.size else float("nan")


def series_of(seen: Sequence[Seen]) -> Series:
    """The series of all that was seen, in the order of the frames."""
    numbers = np.array([one.frame for one in seen], np.int64)
    begins = np.array([one.cut for one in seen], bool) | (np.diff(numbers, prepend=-2) != 1)
    shots = np.cumsum(begins)
    mine = [n for n, one in enumerate(seen) if one.target is not None]
    faces = [seen[n] for n in mine]
    frames = np.array([one.frame for one in faces], np.int64)
    found = np.array([one.output is not None for one in faces], bool)
    values = {"found": found.astype(np.float64), **_looks(faces)}
    kept = shots[mine].astype(np.int64) if mine else np.zeros(0, np.int64)
    values |= _movement(faces, frames, kept, found)
    return Series(frames, kept, values, numbers[begins].tolist())


def _looks(faces: Sequence[Seen]) -> dict[str, Values]:
    nothing = [float("nan")] * 7
    rows = np.array([one.looks or nothing for one in faces], np.float64).reshape(-1, 7)
    names = ("change", "tone", "seam", "seam_target", "sharpness", "sharpness_target", "psnr")
    added = [
        one.flicker.output - one.flicker.target if one.flicker else float("nan") for one in faces
    ]
    return {**dict(zip(names, rows.T, strict=True)), "flicker": np.array(added, np.float64)}


def _movement(
    faces: Sequence[Seen],
    frames: NDArray[np.int64],
    shots: NDArray[np.int64],
    found: NDArray[np.bool_],
) -> dict[str, Values]:
    values = {name: np.full(len(faces), np.nan) for name in _MOVEMENT}
    if not found.any():
        return values
    target, output = (
        np.array([getattr(face, which) for face in faces if face.output is not None], np.float64)
        for which in ("target", "output")
    )
    values["pose"][found], values["pose_steady"][found] = following.pose_errors(target, output)
    values["expression"][found], values["expression_steady"][found] = following.expression_errors(
        target, output
    )
    for points, end in ((target, "_target"), (output, "")):
        mouth, eyes = following.openings(points)
        values["mouth" + end][found], values["eyes" + end][found] = mouth, eyes
        at = np.isin(frames, following.jitter_frames(frames[found], shots[found]))
        values["jitter" + end][at] = following.jitter(points, frames[found], shots[found])
    return values

"""What steadying does to the landmarks of films: trembling, lag, blinks and speech.

    python benchmarks/steady.py FILM ... [--frames 250] [--strength 1.0]

Jitter is the mean |p[t-1] - 2 p[t] + p[t+1]| over the distance between the eyes, after steadying
as a share of before. The lag in frames is where the steadied movement correlates best with that
before. A blink's depth and the mouth's movement are shares of before. Below it the film's first
face is shaken by known amounts in noise: the error against the truth before and after, in percent
of the distance between the eyes.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.alignment.steady_shape import steady_shape
from faceswap.detection.detectors import open_detector
from faceswap.detection.faces import landmarks_array, read_faces
from faceswap.detection.landmarks import Landmarker
from faceswap.detection.tracking import Tracker
from faceswap.evaluation.following import between_eyes, blinks, openings
from faceswap.films.frame_index import FrameIndex
from faceswap.pictures.geometry import INNER, MEAN_FACE, inverse, similarity, transform
from faceswap.workspace import Workspace
from stages.detect import Detect
from stages.extract import Extract

Series = NDArray[Any]
PARTS = {"all": (0, 68), "jaw": (0, 17), "eyes": (36, 48), "mouth": (48, 68)}
#: Grey levels of the noise on the made films, about that of a webcam in a room.
GRAIN = 4.0
#: Made motions: pixels of a face about 110 wide, at 25 frames a second.
MOTIONS: dict[str, Callable[[Series], Series]] = {
    "still": lambda t: 0 * t,
    "slow": lambda t: 16 * np.sin(2 * np.pi * 0.5 * t),
    "fast": lambda t: 16 * np.sin(2 * np.pi * 3 * t),
    "jumps": lambda t: 25 * (np.floor(t / 0.6) % 2),
}


def followed(film: Path, frames: int) -> tuple[Series, NDArray[np.int64], NDArray[np.int64]]:
    """The largest face of each frame: landmarks (n, 68, 2), frames and shots (n,)."""
    with tempfile.TemporaryDirectory() as folder:
        work = Workspace.create(Path(folder) / "work", [film], [film]).on("target")
        Extract().run(work)
        Detect(descriptors="none").run(work)
        index = FrameIndex.load(work.path("frames"))
        cuts = [frame.cut for clip in index.clips for frame in clip.frames]
        lines = [
            line for line in islice(read_faces(work.path("faces")), frames or None) if line.faces
        ]
    points = np.array([landmarks_array(line.faces[0]) for line in lines])
    numbers = np.array([line.frame for line in lines])
    return points, numbers, np.cumsum(cuts)[numbers]


def steadied(points: Series, frames: Series, shots: Series, strength: float) -> Series:
    """Landmarks steadied shot by shot."""
    steady = points.copy()
    for shot in np.unique(shots):
        mine = shots == shot
        steady[mine] = steady_shape(points[mine], frames[mine], strength)
    return steady


def jitters(points: Series, frames: Series, shots: Series) -> Series:
    """The jitter of each of `PARTS`."""
    near = (np.diff(frames)[1:] == 1) & (np.diff(frames)[:-1] == 1) & (shots[2:] == shots[:-2])
    around = np.linalg.norm(points[:-2] - 2 * points[1:-1] + points[2:], axis=2)
    shares = (around / between_eyes(points[1:-1])[:, None])[near]
    return np.array([shares[:, first:last].mean() for first, last in PARTS.values()])


def delay(before: Series, after: Series) -> float:
    """Frames by which the second lags, from a parabola through the correlation's peak."""
    a, b = (np.diff(series) - np.diff(series).mean() for series in (before, after))
    shifts = range(-4, 5)
    match = [a[max(0, -s) : len(a) - max(0, s)] @ b[max(0, s) : len(b) + min(0, s)] for s in shifts]
    best = int(np.clip(np.argmax(match), 1, len(match) - 2))
    low, peak, high = match[best - 1 : best + 2]
    return shifts[best] + 0.5 * (low - high) / (low - 2 * peak + high)


def placed(points: Series) -> Series:
    """Left to right, up and down, and roll of faces: (3, n)."""
    laid = [similarity(MEAN_FACE[INNER], face[INNER]) for face in points]
    return np.array([(m[0, 2], m[1, 2], np.arctan2(m[1, 0], m[0, 0])) for m in laid]).T


def depth(eyes: Series, at: list[int]) -> float:
    """Mean depth of the blinks at these places of a series of openings."""
    lowest = [eyes[max(0, n - 1) : n + 2].min() for n in at]
    return float(np.median(eyes) - np.mean(lowest)) if at else float("nan")


def measured(film: Path, frames: int, strength: float) -> str:
    """A line of the table."""
    points, numbers, shots = followed(film, frames)
    steady = steadied(points, numbers, shots, strength)
    ratios = jitters(steady, numbers, shots) / jitters(points, numbers, shots)
    (mouth, eyes), (new_mouth, new_eyes) = openings(points), openings(steady)
    shut = np.searchsorted(numbers, blinks(eyes, numbers, shots)).tolist()
    lags = [delay(a, b) for a, b in zip(placed(points), placed(steady), strict=True)]
    kept = depth(new_eyes, shut) / depth(eyes, shut)
    return (
        f"{film.stem[:22]:22}{len(points):6}  "
        + "".join(f"{ratio:7.2f}" for ratio in ratios)
        + "".join(f"{lag:7.2f}" for lag in [*lags, delay(mouth, new_mouth)])
        + f"{len(shut):7}{kept:7.2f}{np.corrcoef(mouth, new_mouth)[0, 1]:7.3f}"
        + f"{new_mouth.std() / mouth.std():7.2f}"
    )


def first_face(film: Path) -> NDArray[np.uint8]:
    """The film's first face, about 110 pixels wide in a square of 320, without its grain."""
    finder = Tracker(open_detector("blaze").find, Landmarker().locate)
    with av.open(str(film)) as given:
        for frame in given.decode(video=0):
            image = frame.to_ndarray(format="rgb24")
            if tracks := finder.step(image, cut=True):
                seats = MEAN_FACE[INNER] * 110 + (105, 105)
                matrix = similarity(tracks[0].points[INNER], seats)
                smooth = cv2.GaussianBlur(image, (0, 0), 1.0)
                return cv2.warpAffine(smooth, matrix, (320, 320), flags=cv2.INTER_CUBIC)
    raise SystemExit(f"{film}: no face")


def shaken(face: NDArray[np.uint8], path: Series) -> tuple[Series, Series]:
    """What is found of a face moved along a path (n,), and its matrices (n, 2, 3)."""
    tracker = Tracker(open_detector("blaze").find, Landmarker().locate)
    noise, points, matrices = np.random.default_rng(0), [], []
    for x in path:
        matrix = np.asarray(cv2.getRotationMatrix2D((160, 160), 0.15 * x, 1.0))
        matrix[:, 2] += (x, 0.4 * x)
        moved = cv2.warpAffine(
            face, matrix, (320, 320), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        grained = moved + noise.normal(0, GRAIN, moved.shape)
        points.append(tracker.step(grained.clip(0, 255).astype(np.uint8))[0].points)
        matrices.append(matrix)
    return np.array(points), np.array(matrices)


def against_truth(face: NDArray[np.uint8], motion: str, strength: float) -> str:
    """Error before and after, of all landmarks and of the jaw, where the truth is known."""
    points, matrices = shaken(face, MOTIONS[motion](np.arange(75) / 25))
    usual = np.mean([transform(p, inverse(m)) for p, m in zip(points, matrices, strict=True)], 0)
    true = np.array([transform(usual, m) for m in matrices])
    steady = steady_shape(points, np.arange(75), strength)
    unit = between_eyes(true).mean() / 100
    errors = [
        np.sqrt(((found - true)[:, part] ** 2).sum(axis=2).mean()) / unit
        for part in (slice(0, 68), slice(0, 17))
        for found in (points, steady)
    ]
    return f"{motion:22}" + "".join(f"{error:8.3f}" for error in errors)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("films", type=Path, nargs="+")
    parser.add_argument("--frames", type=int, default=250, help="at most so many; 0: all")
    parser.add_argument("--strength", type=float, default=1.0)
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    print(f"{'':28}  jitter after/before          lag in frames               blinks  mouth")
    names = [*PARTS, "x", "y", "roll", "mouth", "number", "depth", "corr", "moves"]
    print(f"{'film':22}{'faces':>6}  " + "".join(f"{name:>7}" for name in names))
    for film in asked.films:
        print(measured(film, asked.frames, asked.strength), flush=True)
    print(f"\n{'made motion':22}{'all':>8}{'after':>8}{'jaw':>8}{'after':>8}")
    face = first_face(asked.films[0])
    for motion in MOTIONS:
        print(against_truth(face, motion, asked.strength), flush=True)


if __name__ == "__main__":
    main()

"""What lies before a face: where the target's own decoder fails to draw the target's face.

A network draws what it has often seen. A hand, a microphone or hair before the face it draws
badly or not at all, so its copy of the target's face differs there from the face. How much it
differs elsewhere is another matter at each place and in each film, mouth and eyes more than
cheeks, so each difference is held against what is usual at its place over the film.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.compositing import masks
from faceswap.pictures.geometry import resized, transform

Map = NDArray[np.float32]

#: Side of the maps: finer ones find no more and take four times as long.
GRID = 48
#: CIELAB's lightness and two colours, and how much the lightness changes from place to place.
CHANNELS = 4
#: Differences smaller than these are never unusual, however well a film is drawn.
_LEAST = np.array([0.5, 0.25, 0.25, 0.5], np.float32)
#: Where a network draws badly anyway, it is by so much of that that it may draw worse now and then.
_DOUBT = np.float32(0.5)
#: With fewer faces nobody knows what is usual.
FEWEST = 24
#: Faces by which it is learnt what is usual, spread over the film.
SAMPLED = 300
#: Deviation in faces by which evidence is gathered over time, and how far that reaches.
STEADY = 4.0
REACH = 12
#: Deviations, in cells, of the evidence around a place and at it.
_AROUND, _AT = 5.0, 1.5
#: Something lies before a face whose strongest evidence is above the first; what is above the
#: second, and above a part of the strongest, belongs to it.
_STRONG, _WEAK, _PART = 1.7, 1.4, 0.65
#: And it is so many times the evidence around the face: where all of the picture is unusual, as in
#: a pose that the network has hardly seen, it is the network that fails. Above the last there is
#: no doubt: something new before a face may confuse the network about all of it.
_CLEAR, _CERTAIN = 1.6, 3.0
#: The least share of the face that is worth leaving out.
_SMALLEST = 0.05
#: No difference counts as more deviations than this.
_MOST = 8.0


class Usual(NamedTuple):
    """What differences are usual at each place: median and spread, (GRID, GRID, CHANNELS)."""

    middle: Map
    spread: Map


def differences(
    faces: NDArray[np.float32], copies: NDArray[np.float32], landmarks: NDArray[np.float64]
) -> Map:
    """How faces differ from their copies, in colour and in structure.

    Args:
        faces: (n, s, s, 3) RGB in [0, 1].
        copies: (n, s, s, 3), what the target's own decoder made of them.
        landmarks: (n, 68, 2) in pixels of the square.

    Returns:
        (n, GRID, GRID, CHANNELS).
    """
    size = faces.shape[1]
    found = np.empty((len(faces), GRID, GRID, CHANNELS), np.float32)
    for row, (face, copy, points) in enumerate(zip(faces, copies, landmarks, strict=True)):
        inside = cells(points, size)
        given, drawn = _channels(face), _channels(copy)
        drawn[..., :3] = _recoloured(drawn[..., :3], given[..., :3], inside)
        found[row] = given - drawn
    return found


def cells(landmarks: NDArray[np.float64], size: int) -> NDArray[np.bool_]:
    """The cells (GRID, GRID) of a face with these landmarks in a square of `size` pixels."""
    outline = masks.hull(transform(landmarks, resized(size, GRID)))
    return masks.fill(outline, (GRID, GRID)) > 0


def usual(sampled: NDArray[np.floating]) -> Usual:
    """What is usual over a film, by (n, GRID, GRID, CHANNELS) differences spread over it.

    Median and median distance from it: a hand in a third of the frames does not make it usual.
    And a part of the median: a network that has learnt little draws rare poses worse than it draws
    the usual ones, which is nothing before the face.
    """
    values = sampled.astype(np.float32)
    middle = np.median(values, axis=0)
    spread = np.median(np.abs(values - middle), axis=0) * np.float32(1.4826)
    return Usual(middle, np.sqrt(spread**2 + (_DOUBT * middle) ** 2 + _LEAST**2))


def evidence(found: NDArray[np.floating], film: Usual) -> Map:
    """How unusual each place of (n, GRID, GRID, CHANNELS) differences is: (n, GRID, GRID).

    In deviations; 0.8 at the median.
    """
    away = (found.astype(np.float32) - film.middle) / film.spread
    unusual: Map = np.sqrt((away**2).clip(0, _MOST**2).mean(axis=-1))
    return unusual


def gathered(evidence: Map) -> Map:
    """Evidence of faces that follow each other, each with what lies around it in time.

    Args:
        evidence: (n, GRID, GRID). What is farther than `REACH` does not count.
    """
    flat = evidence.reshape(len(evidence), -1)
    smooth = cv2.GaussianBlur(
        flat, (1, 2 * REACH + 1), sigmaX=0.1, sigmaY=STEADY, borderType=cv2.BORDER_REPLICATE
    )
    steady: Map = np.asarray(smooth, np.float32).reshape(evidence.shape)
    return steady


def before(evidence: Map, inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """What lies before one face: 255 there, else 0, soft at its edge; (GRID, GRID).

    Args:
        evidence: (GRID, GRID) from `gathered`.
        inside: The face's `cells`.
    """
    nothing = np.zeros((GRID, GRID), np.uint8)
    wide, fine = (cv2.GaussianBlur(evidence, (0, 0), s) for s in (_AROUND, _AT))
    # Their mean: the first knows that something is there, the second where it ends.
    sure = np.sqrt(wide * fine)
    area = int(inside.sum())
    peak = float(np.quantile(sure[inside], 0.97)) if area else 0.0
    around = float(np.median(sure[~inside])) if area < inside.size else 0.0
    strong = min(max(_STRONG, _CLEAR * around), _CERTAIN)
    if peak <= strong:
        return nothing
    limit = max(_WEAK, _PART * peak)
    near = cv2.dilate(inside.astype(np.uint8), np.ones((7, 7), np.uint8))
    count, parts = cv2.connectedComponents(((sure > limit) & (near > 0)).astype(np.uint8))
    tops = np.zeros(count)
    np.maximum.at(tops, parts[inside], sure[inside])
    areas = np.bincount(parts[inside], minlength=count)
    kept = (tops > max(strong, 1.15 * limit)) & (areas >= _SMALLEST * area)
    kept[0] = False
    shape = kept[parts].astype(np.uint8) * np.uint8(255)
    closed = cv2.morphologyEx(shape, cv2.MORPH_CLOSE, _DISK)
    return np.asarray(cv2.GaussianBlur(closed, (0, 0), 0.7), np.uint8)


def chunks(rows: Sequence[int], length: int = 128) -> list[tuple[list[int], int, int]]:
    """A run of rows in pieces, each with the rows around it that its evidence is gathered from.

    Returns:
        For each piece its rows with those around it, and where the piece begins and ends in them.
    """
    found = []
    for start in range(0, len(rows), length):
        stop = min(start + length, len(rows))
        low, high = max(start - REACH, 0), min(stop + REACH, len(rows))
        found.append((list(rows[low:high]), start - low, stop - low))
    return found


_DISK = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))


def _channels(face: NDArray[np.float32]) -> Map:
    lab = np.asarray(cv2.cvtColor(face, cv2.COLOR_RGB2LAB), np.float32)
    light = cv2.GaussianBlur(lab[..., 0], (0, 0), face.shape[0] / 120)
    slope = np.hypot(*(cv2.Scharr(light, cv2.CV_32F, x, 1 - x) for x in (1, 0))) / 32
    rough = np.log1p(cv2.GaussianBlur(slope, (0, 0), face.shape[0] / 64)) * 6
    smooth = cv2.GaussianBlur(lab, (0, 0), face.shape[0] / 80)
    both = np.dstack([smooth, rough]).astype(np.float32)
    return np.asarray(cv2.resize(both, (GRID, GRID), interpolation=cv2.INTER_AREA), np.float32)


def _recoloured(drawn: Map, given: Map, inside: NDArray[np.bool_]) -> Map:
    """A copy in the colours of its face, by a line a channel that outliers have no say in.

    What lies before a face changes its mean colour, and some models give their copies just that.
    """
    # A channel a row: sums along rows take half the time of sums over them.
    x, y = (np.ascontiguousarray(map_[inside].T, np.float64) for map_ in (drawn, given))
    if not x.size:
        return drawn
    gain, shift = np.ones(3), np.median(y - x, axis=1)
    for _ in range(8):
        off = y - gain[:, None] * x - shift[:, None]
        spread = 1.4826 * np.median(np.abs(off), axis=1) + 0.3
        says = (1 / spread**2) @ off**2 / 3
        says = (1 + says / 4) ** -2
        says /= says.sum()
        mean_x, mean_y = x @ says, y @ says
        apart = (x - mean_x[:, None]) * says
        together = (apart * y).sum(axis=1) + 0.5
        gain = (together / ((apart * x).sum(axis=1) + 0.5)).clip(0.4, 2.5)
        shift = mean_y - gain * mean_x
    return np.asarray(drawn * gain + shift, np.float32)

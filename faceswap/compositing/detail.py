"""A new face made as sharp, as noisy and as compressed as the picture it is put into."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Mask = NDArray[np.uint8]

#: Octaves of lightness that are brought to the old face's, the finest first, and how much each is
#: raised at most: beyond, a network's own patterns show.
MOST = (16.0, 6.0, 2.5)
#: Octaves are lowered to no less than this: motion blur, a face out of focus.
LEAST = 0.05
#: The finest octave's gain is raised to this power where it is above 1, for what flat skin and
#: `ROOM` take away again: without it sharpness comes to a quarter of the old face's.
LIFT = 2.5
#: How far a sharpened pixel may pass the brightest and darkest around it, in their difference:
#: edges become steep, without the bright lines along them.
ROOM = 0.1
#: Where the old face has this many times the energy of its noise there is a feature, not grain.
FEATURE = 4.0
#: Side of the squares that energy is asked of, in pixels of the next octave.
AROUND = 3
#: The share of pixels that are flat even in a beard: their largest value tells the noise's size,
#: which for normal noise is this many times as large.
FLAT, TO_SIZE = 30, 2.596
#: One row and column in so many is looked at for it; all of them would take a millisecond.
_EVERY = 5
#: No octave is smaller than this: a face that small shows no grain.
_SMALLEST = 8
_LUMA = np.array([[0.299, 0.587, 0.114]], np.float32)


def matched(new: Plane, old: Plane, alpha: Plane, detail: float, grain: float) -> Plane:
    """The new face with the old one's blur and noise, (h, w, 3) RGB; it may leave [0, 1] a little.

    Blur: octave by octave, the energy of lightness inside of the mask is brought to the old
    face's. Noise: what is as small as noise in the old face's finest octave is laid over the new
    one. It is the film's own: its grain and the codec's blocks are right, it moves as the film's
    does, adds no flicker of its own, and does not thin out where both faces are mixed.

    Args:
        new: (h, w, 3) RGB in [0, 1], the new face in its place.
        old: (h, w, 3) RGB in [0, 1], the frame there.
        alpha: (h, w) in [0, 1]; where it is above a half the faces are compared.
        detail: 0 leaves the blur as it is, 1 brings it to the old face's.
        grain: 0 adds no noise, 1 as much as the old face has.
    """
    inside = [(alpha[:: 1 << n, :: 1 << n] > 0.5).astype(np.uint8) for n in range(len(MOST))]
    if min(inside[-1].shape) < _SMALLEST or not inside[-1].any():
        return new
    lightness, wanted = (cv2.transform(image, _LUMA) for image in (new, old))
    goals, _ = _split(wanted)
    added = _noise(goals[0], inside[0])
    added *= np.float32(grain)
    if detail:
        added += _sharpened(lightness, goals, added, inside, detail)
        added -= lightness
    # Broadcasting over three channels takes twice as long.
    result = cv2.merge([added, added, added])
    result += new
    return np.asarray(result, np.float32)


def _sharpened(
    plane: Plane, goals: list[Plane], noise: Plane, inside: list[Mask], detail: float
) -> Plane:
    """The plane with the octaves' energies of `goals`, as far as `noise` does not bring them."""
    octaves, rest = _split(plane)
    gains = _gains(octaves, goals, noise, inside) ** detail
    for n, (octave, gain) in enumerate(zip(octaves, gains, strict=True)):
        octave *= _raise(octave, gain, inside[n]) if gain > 1 else np.float32(gain)
    return _within(_joined([*octaves, rest]), plane)


def _raise(octave: Plane, gain: float, inside: Mask) -> Plane:
    """What each pixel is multiplied by: `gain` at edges, less on flat skin.

    What a network draws there trembles. At the same sharpness the face is 0.5 dB nearer to the
    truth, and flickers a quarter less.
    """
    energy = _around(octave)
    usual = energy + np.float32(_energy(octave, inside) + 1e-9)
    share = cv2.divide(energy, usual, dst=usual)
    share *= np.float32(gain - 1)
    share += 1
    return np.asarray(share, np.float32)


def _split(plane: Plane) -> tuple[list[Plane], Plane]:
    """The plane's finest octaves, each half the size of the one before, and what is left."""
    octaves = []
    for _ in MOST:
        smaller = cv2.pyrDown(plane)
        octave = _doubled(smaller, plane)
        octaves.append(np.asarray(cv2.subtract(plane, octave, dst=octave), np.float32))
        plane = np.asarray(smaller, np.float32)
    return octaves, plane


def _joined(octaves: Sequence[Plane]) -> Plane:
    plane = octaves[-1]
    for octave in octaves[-2::-1]:
        plane = _doubled(plane, octave)
        plane += octave
    return plane


def _doubled(plane: Plane, like: Plane) -> Plane:
    return np.asarray(cv2.pyrUp(plane, dstsize=like.shape[::-1]), np.float32)


def _noise(octave: Plane, inside: Mask) -> Plane:
    """The octave without its features."""
    some = np.abs(octave[::_EVERY, ::_EVERY][inside[::_EVERY, ::_EVERY] > 0])
    flat = np.percentile(some, FLAT) * TO_SIZE if some.size else 0.0
    over = _around(octave)
    over *= np.float32(1 / (FEATURE * flat * flat + 1e-9))
    over *= over
    over += 1
    return np.asarray(cv2.divide(octave, over, dst=over), np.float32)


def _around(octave: Plane) -> Plane:
    """The energy around each pixel."""
    # It changes slowly: a quarter of the points tell it.
    half = ((octave.shape[1] + 1) // 2, (octave.shape[0] + 1) // 2)
    energy = cv2.resize(cv2.multiply(octave, octave), half, interpolation=cv2.INTER_AREA)
    energy = cv2.blur(energy, (AROUND, AROUND))
    whole = cv2.resize(energy, octave.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole, np.float32)


def _gains(
    octaves: list[Plane], goals: list[Plane], noise: Plane, inside: list[Mask]
) -> NDArray[np.float64]:
    """What each octave is multiplied by: all raised or all lowered, the finest the most.

    That is what blur and its opposite do; another order only says that the faces differ.
    """
    gains: list[float] = []
    for n, (octave, goal, most) in enumerate(zip(octaves, goals, MOST, strict=True)):
        wanted = _energy(goal, inside[n])
        if n == 0:
            wanted -= _energy(noise, inside[n])
        gain = float(np.sqrt(max(wanted, 0.0) / (_energy(octave, inside[n]) + 1e-9)))
        if n == 0:
            gains.append(max(min(gain ** (LIFT if gain > 1 else 1.0), most), LEAST))
        else:
            low, high = sorted((gains[-1], 1.0))
            gains.append(min(max(gain, low), high, most))
    return np.array(gains)


def _energy(octave: Plane, inside: Mask) -> float:
    return float(cv2.norm(octave, cv2.NORM_L2SQR, inside)) / max(cv2.countNonZero(inside), 1)


def _within(sharp: Plane, soft: Plane) -> Plane:
    """The sharpened plane, held between what is around each pixel before."""
    around = np.ones((5, 5), np.uint8)
    low, high = cv2.erode(soft, around), cv2.dilate(soft, around)
    lowest = cv2.addWeighted(low, 1 + ROOM, high, -ROOM, 0)
    highest = cv2.addWeighted(high, 1 + ROOM, low, -ROOM, 0, dst=high)
    held = cv2.min(sharp, highest, dst=highest)
    return np.asarray(cv2.max(held, lowest, dst=lowest), np.float32)

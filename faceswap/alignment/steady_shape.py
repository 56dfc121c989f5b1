"""The landmarks of one face over time, without the trembling of the predictor."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from faceswap.alignment.temporal import LISTENED, denoise, noise_of, reach, smooth
from faceswap.pictures.geometry import MEAN_FACE, Points

Numbers = NDArray[np.float64]


class _Part(NamedTuple):
    """What is steadied together.

    Attributes:
        points: Its landmarks.
        trust: What each of them counts where the face's place, size and roll are measured.
        noise: By how much the noise is overrated: more is steadier, and loses slow motion.
        widths: Of the kernels, in frames.
    """

    points: slice
    trust: float
    noise: float
    widths: tuple[float, ...]


# Measured on six films of people who talk: a blink keeps 94 % of its depth and the mouth's opening
# correlates with what it was at 0.999. With the eyes' noise at 1.0 a blink keeps 88 %. The mouth
# moves with speech and the jaw is found least well, so they say little of the face's place.
_PARTS = {
    "jaw": _Part(slice(0, 17), 0.5, 3.0, (1, 2, 4, 8)),
    "brows": _Part(slice(17, 27), 0.7, 2.0, (1, 2, 4)),
    "nose": _Part(slice(27, 36), 1.5, 2.5, (1, 2, 4)),
    "eyes": _Part(slice(36, 48), 1.0, 0.6, (1, 2)),
    "mouth": _Part(slice(48, 68), 0.15, 0.8, (1, 2)),
}
#: The same for place, size and roll. The noise of the place is 0.6 of a single landmark's.
_PLACE, _SIZE, _ROLL = (0.9, (1, 2, 4)), (3.0, (1, 2, 4, 8)), (3.0, (1, 2, 4, 8))
#: Landmarks that hardly move within a face: what they do from frame to frame is noise.
_QUIET = slice(0, 36)
#: Noise in widths of the inner face where a track is too short to measure it, and its limits.
_USUAL, _LEAST, _MOST = 0.0015, 0.0005, 0.005
#: Deviation of the kernel that the face's width is taken with.
_WIDTH = 4.0
#: Frames before and after a frame that may count for it.
REACH = 2 * reach(8) + LISTENED + 1

_TRUST = np.concatenate(
    [np.full(part.points.stop - part.points.start, part.trust) for part in _PARTS.values()]
)
_TRUST /= _TRUST.sum()
#: The mean face as complex numbers about its centre.
_MEAN = (MEAN_FACE - _TRUST @ MEAN_FACE) @ np.array([1, 1j])


def steady_shape(points: ArrayLike, frames: ArrayLike, strength: float = 1.0) -> Points:
    """The landmarks of a face that is followed, steadied; nothing lags, fast motion stays.

    The face's place, size and roll are steadied each for itself, then its shape: jaw and nose
    most, the eyes and the mouth little, so that blinks and speech stay. How much is noise is
    measured on the landmarks that hardly move within a face.

    Args:
        points: (n, 68, 2) in pixels of the frame.
        frames: (n,) their frames, rising, no more than `temporal.GAP` missing between two.
        strength: How much larger than measured the noise is held to be; 0 changes nothing.

    Returns:
        (n, 68, 2); what is more than `REACH` frames away counts for nothing.
    """
    faces = np.asarray(points, np.float64) @ np.array([1, 1j])
    times, none = np.asarray(frames), np.zeros(len(faces), bool)
    place, turn, shape = _taken_apart(faces)
    quiet = noise_of(_real(shape[:, _QUIET]), times, none, _USUAL)
    noise = strength * quiet.clip(_LEAST, _MOST)
    size, roll = np.log(np.abs(turn)), np.unwrap(np.angle(turn))
    width = np.exp(smooth(size, times, none, _WIDTH))

    def steadied(values: Numbers, part: tuple[float, tuple[float, ...]], unit: Numbers) -> Numbers:
        return denoise(values, times, none, part[1], part[0] * noise * unit)

    one = np.ones_like(width)
    place = _complex(steadied(_real(place[:, None]), _PLACE, width))[:, 0]
    turn = np.exp(steadied(size, _SIZE, one) + 1j * steadied(roll, _ROLL, one))
    shape = np.concatenate(
        [
            _complex(steadied(_real(shape[:, part.points]), (part.noise, part.widths), one))
            for part in _PARTS.values()
        ],
        axis=1,
    )
    return _real(shape * turn[:, None] + place[:, None]).reshape(len(faces), -1, 2)


def _taken_apart(
    faces: NDArray[np.complex128],
) -> tuple[NDArray[np.complex128], NDArray[np.complex128], NDArray[np.complex128]]:
    """Place (n,), turn and size (n,), and shape (n, 68) in widths of the inner face."""
    place = faces @ _TRUST
    about = faces - place[:, None]
    turn = about @ (_TRUST * _MEAN.conj()) / (_TRUST @ np.abs(_MEAN) ** 2)
    return place, turn, about / turn[:, None]


def _real(values: NDArray[np.complex128]) -> Numbers:
    """(n, k) complex as (n, 2 k) float."""
    return np.ascontiguousarray(values).view(np.float64)


def _complex(values: Numbers) -> NDArray[np.complex128]:
    return np.ascontiguousarray(values).view(np.complex128)

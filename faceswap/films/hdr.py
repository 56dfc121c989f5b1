"""High dynamic range: films of PQ and HLG read as usual pictures, and written back exactly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

#: H.273's numbers of the transfer curves.
PQ, HLG = 16, 18
#: What they are called.
NAMES = {PQ: "PQ", HLG: "HLG"}
#: Candela a square metre of white paper, and of the brightest HLG screen (BT.2408, BT.2100).
WHITE, HLG_PEAK = 203.0, 1000.0
#: What is shown as the brightest, in the film's whites; all above is cut off. A network that
#: overshoots would else paint sparks of 10,000 candela; skin seldom shines with more than this.
BRIGHTEST = 2.0
#: Share of the scale up to which tones are those of a usual film; highlights get what is above.
KNEE = 0.8
#: Share of a frame that is no brighter than its white: above it are lamps and sparks.
USUAL_SHARE = 0.98
#: As much for the frames of a film, so that a flash is not its white.
USUAL_FRAMES = 0.95

Codes = NDArray[np.uint16]
Image = NDArray[np.uint8]


def is_hdr(transfer: int) -> bool:
    """Whether a transfer curve is one of high dynamic range."""
    return transfer in NAMES


def brightness(picture: Image) -> float:
    """The code, 0 to 255, that is a frame's white.

    Args:
        picture: (h, w, 3) uint8, its codes in 8 bits; small will do.
    """
    return float(np.quantile(picture.max(-1), USUAL_SHARE))


def white_of(levels: Sequence[float], transfer: int) -> float:
    """What is white in a film, in white papers of 203 candela: 1, or more where it is graded so.

    Without it films whose faces shine with 1,000 candela, as those do that were only tagged as
    PQ, would have faces all of highlights.

    Args:
        levels: `brightness` of its frames; none gives 1.
        transfer: `PQ` or `HLG`; any other gives 1.
    """
    if not is_hdr(transfer) or not levels:
        return 1.0
    level = np.array([np.quantile(levels, USUAL_FRAMES) / 255])
    return round(max(float(_light(level, transfer)[0]), 1.0), 2)


def shown(codes: Codes, transfer: int, white: float = 1.0) -> Image:
    """Codes of a film as a usual picture: its tones as they are, its highlights pressed.

    Channel by channel, so that `coded` undoes it; colours stay in the film's primaries.

    Args:
        codes: (h, w, 3) uint16 RGB, 65535 the brightest the curve knows.
        transfer: `PQ` or `HLG`.
        white: Of the film, see `white_of`.
    """
    return np.asarray(_tables(transfer, white)[0][codes])


def coded(image: Image, transfer: int, white: float = 1.0) -> Codes:
    """The inverse of `shown`, but for what is brighter than `BRIGHTEST`: (h, w, 3) uint16."""
    return np.asarray(_tables(transfer, white)[1][image])


@cache
def _tables(transfer: int, white: float) -> tuple[Image, Codes]:
    """What each code shows as, and the code of each tone; rising both."""
    codes = np.arange(65536) / 65535
    tones = _pressed(_usual(np.minimum(_light(codes, transfer) / white, BRIGHTEST)))
    below = slice(int(np.searchsorted(tones, tones[-1])) + 1)
    back = np.interp(np.arange(256) / 255, tones[below], codes[below])
    return np.round(tones * 255).astype(np.uint8), np.round(back * 65535).astype(np.uint16)


def _light(codes: NDArray[np.float64], transfer: int) -> NDArray[np.float64]:
    """Light in multiples of white paper's (BT.2100, tables 4 and 5)."""
    if transfer == PQ:
        power = codes ** (1 / 78.84375)
        low, high = np.maximum(power - 0.8359375, 0), 18.8515625 - 18.6875 * power
        return np.asarray((low / high) ** (1 / 0.1593017578125) * 10000 / WHITE)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - c) / a) + b) / 12)
    return np.asarray(scene**1.2 * HLG_PEAK / WHITE)


def _usual(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """The tones that sRGB gives to light, beyond its white too."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _pressed(tones: NDArray[np.float64]) -> NDArray[np.float64]:
    """The tones above the knee pressed into what is left of the scale, by their logarithm."""
    over = np.maximum(tones - KNEE, 0)
    least, most = 1e-4, 10.0
    # The bend's size with which it begins at the same slope and ends at 1.
    for _ in range(60):
        bend = (least + most) / 2
        reached = bend * np.log1p(over[-1] / bend)
        least, most = (bend, most) if reached < 1 - KNEE else (least, bend)
    return np.where(tones <= KNEE, tones, KNEE + bend * np.log1p(over / bend))

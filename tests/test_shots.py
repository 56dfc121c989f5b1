from __future__ import annotations

import numpy as np

from faceswap.shots import Shots, difference, luma
from films import picture


def _cuts(pictures: list[np.ndarray]) -> list[int]:
    shots = Shots()
    return [n for n, p in enumerate(pictures) if shots.begins(luma(p))]


def test_a_cut_is_found_and_motion_is_none() -> None:
    still = [picture(n) for n in range(10)]
    other = [picture(n, shot=1) for n in range(10)]
    assert _cuts(still + other + still) == [0, 10, 20]


def test_a_pan_is_no_cut() -> None:
    wide = picture(0, 400, 64)
    assert _cuts([wide[:, 2 * n : 2 * n + 96] for n in range(80)]) == [0]
    fast = _cuts([wide[:, 6 * n : 6 * n + 96] for n in range(40)])
    assert len(fast) < 6


def test_a_flash_a_fade_and_noise_are_no_cuts() -> None:
    image = picture(0)
    flash = np.clip(image.astype(int) + 60, 0, 255).astype(np.uint8)
    assert _cuts([image] * 5 + [flash] + [image] * 5) == [0]
    assert _cuts([(image * (1 - n / 25)).astype(np.uint8) for n in range(25)]) == [0]
    rng = np.random.default_rng(0)
    black = [rng.integers(0, 3, image.shape, np.uint8) for _ in range(9)]
    assert _cuts(black) == [0]
    grey = [np.clip(image + rng.normal(0, 12, image.shape), 0, 255) for _ in range(9)]
    assert _cuts([g.astype(np.uint8) for g in grey]) == [0]


def test_black_is_a_cut_from_a_picture() -> None:
    black = np.zeros((64, 96, 3), np.uint8)
    bright = np.full((64, 96, 3), 200, np.uint8)
    assert _cuts([picture(0)] * 4 + [black] * 4 + [bright] * 4) == [0, 4, 8]


def test_difference_is_zero_for_the_same_and_large_for_the_unlike() -> None:
    one, other = luma(picture(0)), luma(picture(0, shot=4))
    assert difference(one, one) == 0
    assert difference(one, other) > 0.4

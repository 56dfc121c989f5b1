from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap.films.shots import Shots, small
from films import picture

Pictures = Sequence[NDArray[np.uint8]]


def _cuts(pictures: Pictures) -> list[int]:
    shots = Shots()
    for one in pictures:
        shots.show(small(one))
    return sorted(shots.begin())


@pytest.fixture(scope="module")
def speakers(
    short_clip: Callable[..., Path], talking_clip: Path, other_clip: Path
) -> list[list[NDArray[np.uint8]]]:
    """Two men talking, 24 pictures each."""
    found = []
    for clip in (talking_clip, other_clip):
        with av.open(str(short_clip(clip))) as film:
            frames = film.decode(video=0)
            found.append([small(f.to_ndarray(format="rgb24")) for f in frames])
    return found


def test_a_cut_is_found_and_motion_is_none() -> None:
    still = [picture(n) for n in range(10)]
    other = [picture(n, shot=1) for n in range(10)]
    assert _cuts(still + other + still) == [0, 10, 20]


def test_a_cut_beside_the_first_or_the_last_picture_is_found(speakers: list[Pictures]) -> None:
    one, other = speakers
    assert _cuts([*one[:1], *other[:9]]) == [0, 1]
    assert _cuts([*one[:9], *other[:1]]) == [0, 9]
    assert _cuts([*one[:9], *other[:1], *one[9:18]]) == [0, 9, 10]
    assert _cuts(one[:1]) == [0] and _cuts([]) == []


def test_people_who_talk_are_one_shot(speakers: list[Pictures]) -> None:
    one, other = speakers
    assert _cuts(one) == _cuts(other) == [0]
    assert _cuts([*one, *other]) == [0, 24]


def test_another_person_before_the_same_backdrop_is_a_cut(portrait: NDArray[np.uint8]) -> None:
    # The portrait's wall and flag stay, and the face in the middle is another's: turned over.
    other = portrait.copy()
    other[30:230, 50:220] = portrait[230:30:-1, 220:50:-1]
    rng = np.random.default_rng(0)
    takes = [portrait] * 8 + [other] * 8
    noisy = [np.clip(t + rng.normal(0, 4, t.shape), 0, 255).astype(np.uint8) for t in takes]
    assert _cuts(noisy) == [0, 8]


def test_a_pan_is_no_cut() -> None:
    wide = picture(0, 400, 64)
    assert _cuts([wide[:, 2 * n : 2 * n + 96] for n in range(80)]) == [0]
    assert _cuts([wide[:, 6 * n : 6 * n + 96] for n in range(40)]) == [0]


def test_a_flash_a_fade_and_noise_are_no_cuts(speakers: list[Pictures]) -> None:
    image = picture(0)
    for face in (image, speakers[0][0]):
        flash = np.clip(face * 1.5 + 60, 0, 255).astype(np.uint8)
        assert _cuts([face] * 5 + [flash] + [face] * 5) == [0]
        assert _cuts([face] * 5 + [flash] * 2 + [face] * 5) == [0]
    assert _cuts([(image * (1 - n / 25)).astype(np.uint8) for n in range(25)]) == [0]
    rng = np.random.default_rng(0)
    black = [rng.integers(0, 3, image.shape, np.uint8) for _ in range(9)]
    assert _cuts(black) == [0]
    grey = [np.clip(image + rng.normal(0, 12, image.shape), 0, 255) for _ in range(9)]
    assert _cuts([g.astype(np.uint8) for g in grey]) == [0]


def test_black_is_a_cut_from_a_picture_and_to_one() -> None:
    black = np.zeros((64, 96, 3), np.uint8)
    assert _cuts([picture(0)] * 4 + [black] * 4 + [picture(0)] * 4) == [0, 4, 8]


def test_photos_are_told_from_a_film(speakers: list[Pictures]) -> None:
    def unrelated(pictures: Pictures) -> bool:
        shots = Shots()
        for one in pictures:
            shots.show(small(one))
        return shots.unrelated()

    assert unrelated([picture(0, shot=n) for n in range(6)])
    assert not unrelated(speakers[0])
    assert not unrelated([*speakers[0], *speakers[1]])
    assert not unrelated([picture(0)])

"""The network's faces calmed: noise goes, a moving mouth and a cut stay."""

import cv2
import numpy as np
import pytest

from faceswap.alignment.calm import REACH, Drawn, calm, calmed

SIDE, COUNT, NOISE = 48, 80, 0.01


@pytest.fixture(scope="module")
def face(portrait):
    return cv2.resize(portrait, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


@pytest.fixture(scope="module")
def talking(face):
    """The face with a mouth that opens for a moment now and then."""
    faces = np.repeat(face[None], COUNT, axis=0)
    for at in (20, 21, 22, 50):
        faces[at, 32:38, 18:30] = 0.1
    return faces


@pytest.fixture(scope="module")
def seen(talking):
    return talking + np.random.default_rng(0).normal(0, NOISE, talking.shape).astype(np.float32)


def test_noise_goes_where_nothing_moves(talking, seen):
    quiet = np.s_[:, :28]
    left = calm(seen, np.arange(COUNT))[quiet] - talking[quiet]
    assert left.std() < 0.5 * NOISE


def test_a_mouth_stays_as_open_as_it_was_when_it_was(talking, seen):
    mouth = np.s_[:, 32:38, 18:30]
    drawn, true = calm(seen, np.arange(COUNT))[mouth], talking[mouth]
    drawn, true = drawn.mean(axis=(1, 2, 3)), true.mean(axis=(1, 2, 3))
    depth = (np.median(drawn) - drawn) / (np.median(true) - true.min())
    assert depth[[20, 21, 22, 50]].min() > 0.9
    assert np.abs(depth[[18, 24, 48, 52]]).max() < 0.1


def test_strength_zero_changes_nothing(seen):
    assert calm(seen, np.arange(COUNT), 0.0) == pytest.approx(seen, abs=1e-5)


def test_faces_far_away_count_for_nothing(seen):
    other = seen.copy()
    other[:30] = 0
    one, two = (calm(faces, np.arange(COUNT)) for faces in (seen, other))
    assert np.array_equal(one[30 + REACH :], two[30 + REACH :])


def test_a_stream_of_tracks_gives_what_each_gives_alone(seen):
    count = 180
    first = np.resize(seen[:, :16, :16], (count, 16, 16, 3))
    second = np.ascontiguousarray(first[::-1])
    drawn = []
    for frame in range(count):
        drawn.append(Drawn(frame, ("a", frame // 100), first[frame]))
        if frame > 7:
            drawn.append(Drawn(frame, "b", second[frame]))
    streamed = list(calmed(drawn))
    frames = np.arange(count)
    alone = {
        ("a", 0): calm(first[:100], frames[:100]),
        ("a", 1): calm(first[100:], frames[100:]),
        "b": calm(second[8:], frames[8:]),
    }
    at = {"b": 8, ("a", 0): 0, ("a", 1): 100}
    for one, face in zip(drawn, streamed, strict=True):
        assert np.array_equal(face, alone[one.key][one.frame - at[one.key]])


def test_bytes_are_read_as_shares_of_white():
    grey = np.full((4, 4, 3), 51, np.uint8)
    faces = list(calmed(Drawn(frame, 0, grey) for frame in range(3)))
    assert np.stack(faces) == pytest.approx(0.2)
    assert list(calmed([])) == []

"""Steadied landmarks: calm where a face is still, exact where it moves, joined and filled."""

import numpy as np
import pytest

from faceswap.alignment.pose import mouth_opening
from faceswap.alignment.steady import FILLED, steadied
from faceswap.alignment.steady_shape import REACH, steady_shape
from faceswap.detection.faces import FrameFaces, landmarks_array, make_face
from faceswap.detection.landmarks import seat_of
from faceswap.people.tracks import linked
from faceswap.pictures.geometry import INNER, MEAN_FACE

WIDTH = 120.0
#: In pixels; some 0.15 % of the face's width, as dlib's predictor has it.
NOISE = 0.18


def _still(count=120):
    return np.repeat(MEAN_FACE[None] * WIDTH + 200, count, axis=0)


def _noisy(points, seed=0):
    return points + np.random.default_rng(seed).normal(0, NOISE, points.shape)


def _error(points, true):
    return float(np.sqrt(((points - true) ** 2).sum(axis=2).mean()))


def _jitter(points):
    return float(np.linalg.norm(points[:-2] - 2 * points[1:-1] + points[2:], axis=2).mean())


def _shaken(count=120, hertz=3.0, reach=0.15):
    path = reach * WIDTH * np.sin(2 * np.pi * hertz * np.arange(count) / 25)
    return _still(count) + np.stack([path, 0.4 * path], axis=1)[:, None]


def _lines(points, track=lambda frame: 0, missing=()):
    """Frames of one face each."""
    lines = []
    for frame, shape in enumerate(points):
        seat = seat_of(shape, 1.0)
        face = make_face(seat.box, 1.0, shape, seat.roll, track(frame))
        lines.append(FrameFaces(frame, [] if frame in missing else [face]))
    return lines


def _cuts(lines, at=()):
    return [n == 0 or n in at for n in range(len(lines))]


def _steadied(lines):
    """As the program does it: detection's tracks end with each of its ranges."""
    return list(steadied(linked(lines, _cuts(lines)), _cuts(lines)))


def _points(lines, face=0):
    return np.array([landmarks_array(line.faces[face]) for line in lines])


def test_a_still_face_stops_trembling_jaw_and_all():
    true, seen = _still(), _noisy(_still())
    steady = steady_shape(seen, range(len(seen)))
    assert _jitter(steady[:, :36]) < 0.1 * _jitter(seen[:, :36])
    assert _jitter(steady) < 0.5 * _jitter(seen)
    assert _error(steady, true) < 0.7 * _error(seen, true)


@pytest.mark.parametrize(
    "true",
    [
        _shaken(hertz=0.5),
        _shaken(hertz=3.0),
        _shaken(hertz=6.0, reach=0.05),
        # A jump within two frames.
        _still() + np.where(np.arange(120) < 61, 0, 30).astype(float)[:, None, None],
        # Steady motion, up to both ends.
        _still() + 2.0 * np.arange(120)[:, None, None],
    ],
    ids=["slow", "fast", "faster", "jump", "steady"],
)
def test_motion_slow_or_fast_is_followed_nearer_to_the_truth(true):
    seen = _noisy(true)
    steady = steady_shape(seen, range(len(seen)))
    assert _error(steady, true) < _error(seen, true)
    assert _error(steady[:3], true[:3]) < 1.1 * _error(seen[:3], true[:3])
    worst = np.linalg.norm((steady - true).mean(axis=1), axis=1).max()
    assert worst < 4 * NOISE


def test_a_zooming_and_rolling_face_is_followed_past_half_a_turn():
    angle, size = np.linspace(2.5, 4.5, 80), np.exp(np.linspace(0, 0.5, 80))
    turn = (size * np.exp(1j * angle))[:, None]
    mean = (MEAN_FACE - MEAN_FACE.mean(axis=0)) @ [1, 1j]
    true = (WIDTH * mean * turn).view(float).reshape(80, 68, 2)
    seen = _noisy(true)
    assert _error(steady_shape(seen, range(80)), true) < _error(seen, true)


def test_blinks_and_speech_stay():
    true = _still(200)
    blink = np.zeros(200)
    for at in (50, 120, 160):
        blink[at - 1 : at + 2] = (0.6, 1.0, 0.6)
    talk = 0.08 * WIDTH * np.abs(np.sin(2 * np.pi * 2.5 * np.arange(200) / 25))
    height = 0.07 * WIDTH
    true[:, [37, 38, 43, 44], 1] += 0.9 * height * blink[:, None]
    true[:, [65, 66, 67, 56, 57, 58], 1] += talk[:, None]
    steady = steady_shape(_noisy(true), range(200))

    def eyes(points):
        return (points[:, [40, 41, 46, 47], 1] - points[:, [38, 37, 44, 43], 1]).mean(axis=1)

    def depth(points):
        return np.median(eyes(points)) - eyes(points)[[50, 120, 160]].mean()

    def mouth(points):
        return np.array([mouth_opening(p) for p in points])

    assert depth(steady) > 0.9 * depth(true)
    assert np.corrcoef(mouth(steady), mouth(true))[0, 1] > 0.98
    assert mouth(steady).std() > 0.93 * mouth(true).std()


def test_strength_zero_gives_the_very_same():
    lines = _lines(_noisy(_still(20)), track=lambda frame: frame // 7, missing=(4,))
    assert list(steadied(lines, _cuts(lines), 0.0)) == lines


def test_more_strength_is_steadier():
    seen = _noisy(_still())
    shaking = [_jitter(steady_shape(seen, range(120), s)) for s in (0.0, 0.3, 1.0, 3.0)]
    assert shaking == sorted(shaking, reverse=True)
    assert steady_shape(seen, range(120), 0.0) == pytest.approx(seen)


def test_a_stream_gives_what_the_whole_gives():
    seen = _noisy(_shaken(500))
    lines = _lines(seen)
    streamed = _points(steadied(lines, _cuts(lines)))
    # Landmarks are kept to 0.01 of a pixel.
    assert streamed == pytest.approx(steady_shape(_points(lines), range(500)), abs=0.0051)


def test_it_reads_only_so_far_ahead():
    lines = _lines(_noisy(_still(400)))
    read = []
    stream = steadied((read.append(line.frame) or line for line in lines), _cuts(lines))
    ahead = [read[-1] - line.frame for line in stream]
    assert max(ahead) <= 96 + REACH + 6


def test_far_frames_count_for_nothing():
    seen = _noisy(_still(300))
    changed = seen.copy()
    changed[:100] += 5
    a, b = (steady_shape(points, range(300)) for points in (seen, changed))
    assert np.array_equal(a[100 + REACH :], b[100 + REACH :])
    assert not np.array_equal(a[100:110], b[100:110])


def test_the_seam_of_two_ranges_is_none():
    seen = _noisy(_shaken(hertz=0.5))
    whole, parted = _lines(seen), _lines(seen, track=lambda frame: 1000 * (frame // 48))
    one, other = (_steadied(lines) for lines in (whole, parted))
    assert np.array_equal(_points(one), _points(other))
    assert len({line.faces[0].track for line in other}) == 1


def test_nothing_counts_across_a_cut():
    seen = _noisy(_still())
    moved = seen.copy()
    moved[60:] += 4
    one, other = (
        _points(list(steadied(_lines(points), _cuts(points, at=(60,)))))[:60]
        for points in (seen, moved)
    )
    assert np.array_equal(one, other)
    without = _points(list(steadied(_lines(moved), _cuts(moved))))[:60]
    assert not np.array_equal(one, without)


def test_short_gaps_are_filled_in_long_ones_left():
    true = _shaken(hertz=0.5)
    missing = {*range(20, 25), *range(60, 66)}
    # Detection gives a face it lost and found another number.
    lines = _lines(_noisy(true), track=lambda frame: (frame > 22) + (frame > 62), missing=missing)
    steady = _steadied(lines)
    assert [line.frame for line in steady if not line.faces] == list(range(60, 66))
    filled = steady[20:25]
    assert {line.faces[0].score for line in filled} == {FILLED}
    assert _error(_points(filled), true[20:25]) < 3 * NOISE
    before, after = ({line.faces[0].track for line in p} for p in (steady[:60], steady[66:]))
    assert len(before) == len(after) == 1
    assert before != after


def test_gaps_at_the_ends_and_across_cuts_stay():
    lines = _lines(_still(30), missing={0, 1, 14, 15, 29})
    steady = list(steadied(lines, _cuts(lines, at=(15,))))
    assert [line.frame for line in steady if not line.faces] == [0, 1, 14, 15, 29]


def test_several_faces_keep_their_places_and_are_not_mixed_up():
    left, right = _noisy(_still(60), 1), _noisy(_still(60), 2) + 250
    lines = []
    for one, other in zip(_lines(left), _lines(right, track=lambda frame: 1), strict=True):
        pair = [*one.faces, *other.faces] if one.frame % 2 else [*other.faces, *one.faces]
        lines.append(FrameFaces(one.frame, pair))
    steady = list(steadied(lines, _cuts(lines)))
    for line, given in zip(steady, lines, strict=True):
        assert [face.track for face in line.faces] == [face.track for face in given.faces]
        for face, raw in zip(line.faces, given.faces, strict=True):
            inner = landmarks_array(face)[INNER] - landmarks_array(raw)[INNER]
            assert np.abs(inner).max() < 5 * NOISE


def test_as_many_cuts_as_frames():
    with pytest.raises(ValueError, match="shorter"):
        list(steadied(_lines(_still(3)), [True]))

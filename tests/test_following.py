import numpy as np
import pytest

from faceswap.evaluation import following
from faceswap.pictures.geometry import MEAN_FACE, transform

COUNT = 60
FRAMES, SHOTS = np.arange(COUNT), np.ones(COUNT, int)
SPEECH = np.maximum(0, np.sin(np.arange(COUNT) / 3)) * 0.05


def talking(opening=SPEECH, noise=0.0, seed=0):
    """Faces 200 pixels wide whose lower lip goes down by so much, in widths of the face."""
    faces = np.repeat(MEAN_FACE[None], len(opening), axis=0).copy()
    faces[:, [56, 57, 58, 65, 66, 67], 1] += opening[:, None]
    return faces * 200 + np.random.default_rng(seed).normal(0, noise, faces.shape) + 100


def winking(at):
    """Faces whose eyes are shut in some frames."""
    faces = talking(np.zeros(COUNT))
    for frame in at:
        for first in (36, 42):
            middle = faces[frame, [first + 1, first + 2, first + 4, first + 5], 1].mean()
            faces[frame, [first + 1, first + 2], 1] = middle - 1
            faces[frame, [first + 4, first + 5], 1] = middle + 1
    return faces


def test_a_face_follows_itself_exactly():
    faces = talking()
    mouth, eyes = following.openings(faces)
    assert following.correlation(mouth, mouth, SHOTS) == pytest.approx(1)
    assert following.amplitude(mouth, mouth, SHOTS) == pytest.approx(1)
    assert following.lag(mouth, mouth, FRAMES, SHOTS) == 0
    assert max(map(np.max, following.pose_errors(faces, faces))) == pytest.approx(0, abs=1e-9)
    assert max(map(np.max, following.expression_errors(faces, faces))) < 1e-9
    assert np.isnan(following.correlation(eyes * 0, mouth, SHOTS))


@pytest.mark.parametrize("late", [-3, 0, 2])
def test_lag_is_found_with_its_sign(late):
    mouth = following.openings(talking())[0]
    assert following.lag(mouth, np.roll(mouth, late), FRAMES, SHOTS) == late


def test_of_a_handful_of_frames_nothing_is_said():
    mouth = following.openings(talking(SPEECH[:6]))[0]
    said = (following.correlation, following.amplitude)
    assert all(np.isnan(how(mouth, mouth, SHOTS[:6])) for how in said)
    assert np.isnan(following.lag(mouth, mouth, FRAMES[:6], SHOTS[:6]))


def test_half_the_movement_is_half_the_amplitude():
    mouth, half = (following.openings(talking(s))[0] for s in (SPEECH, SPEECH / 2))
    assert following.amplitude(mouth, half, SHOTS) == pytest.approx(0.5, abs=0.01)


def test_what_differs_from_shot_to_shot_is_no_correlation():
    rng = np.random.default_rng(0)
    steps = np.repeat([0.0, 10.0], COUNT // 2)
    one, other = steps + rng.normal(size=COUNT), steps + rng.normal(size=COUNT)
    assert following.correlation(one, other, SHOTS) > 0.9
    assert abs(following.correlation(one, other, np.repeat([1, 2], COUNT // 2))) < 0.4


def test_place_size_and_roll_are_no_expression():
    faces = talking()
    turn = 0.8 * np.array([[0.94, -0.34], [0.34, 0.94]])
    moved = transform(faces, np.column_stack([turn, [30, -9]]))
    assert np.max(following.expression_errors(faces, moved)[0]) < 1e-6


def test_a_constant_difference_counts_as_it_is_but_not_above_the_offset():
    faces = talking()
    other = faces.copy()
    other[:, 48:68, 1] += 6
    raw, steady = following.expression_errors(faces, other)
    assert raw.mean() > 0.01
    assert steady.max() < 1e-3
    raw, steady = following.pose_errors(faces, other)
    assert raw.mean() > 10 * max(steady.mean(), 1e-6)


def test_a_missed_expression_counts_above_the_offset():
    _, steady = following.expression_errors(talking(), talking(np.zeros(COUNT)))
    assert steady.max() > 0.005


def test_jitter_knows_noise_from_movement():
    steady = talking() + np.arange(COUNT)[:, None, None] * 3.0
    shaken = talking(noise=1.0)
    still = following.jitter(talking(np.zeros(COUNT)), FRAMES, SHOTS)
    assert still.shape == (COUNT - 2,) and still.max() < 1e-9
    calm, rough = (following.jitter(f, FRAMES, SHOTS).mean() for f in (steady, shaken))
    assert rough > 4 * calm


def test_jitter_does_not_look_across_a_cut_or_a_gap():
    faces = talking()
    faces[30:] += 500
    shots = np.repeat([1, 2], 30)
    assert following.jitter(faces, FRAMES, shots).max() < 0.1
    assert set(following.jitter_frames(FRAMES, shots)) == {*range(1, 29), *range(31, 59)}
    gone = np.delete(FRAMES, 10)
    assert not {9, 11} & set(following.jitter_frames(gone, SHOTS[1:]))


def test_blinks_are_counted_and_found_again():
    eyes = following.openings(winking([10, 11, 40]))[1]
    target = following.blinks(eyes, FRAMES, SHOTS)
    assert len(target) == 2 and target[0] in (10, 11) and target[1] == 40
    output = following.blinks(following.openings(winking([12]))[1], FRAMES, SHOTS)
    assert following.kept_blinks(target, output) == 1


def test_closed_eyes_are_no_blink():
    assert following.blinks(following.openings(winking(range(10, 40)))[1], FRAMES, SHOTS) == []

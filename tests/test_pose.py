import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap.alignment.pose import _HEAD, mouth_opening, pose
from faceswap.pictures.geometry import MEAN_FACE


def turned(yaw=0.0, pitch=0.0, roll=0.0, scale=1.0):
    """The mean head's landmarks seen from far after a turn, in degrees."""
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    head = _HEAD - _HEAD.mean(axis=0)
    return scale * (head @ (about_z @ about_x @ about_y).T)[:, :2]


def test_the_mean_face_looks_into_the_camera():
    np.testing.assert_allclose(pose(MEAN_FACE), 0, atol=0.5)


@given(st.floats(-40, 40))
def test_roll_alone_is_found(angle):
    np.testing.assert_allclose(pose(turned(roll=angle)), (0, 0, angle), atol=0.5)


@given(st.floats(-40, 40))
def test_yaw_alone_is_found(angle):
    found = pose(turned(yaw=angle))
    assert abs(found.yaw) == pytest.approx(abs(angle), abs=0.5)
    assert abs(found.pitch) < 0.5 and abs(found.roll) < 0.5


@given(st.floats(-30, 30))
def test_pitch_alone_is_found(angle):
    found = pose(turned(pitch=angle))
    assert abs(found.pitch) == pytest.approx(abs(angle), abs=0.5)
    assert abs(found.yaw) < 0.5 and abs(found.roll) < 0.5


def test_a_nose_that_moves_to_the_right_is_a_head_that_turns_right():
    for angle in (-25, 25):
        seen = turned(yaw=angle)
        right = seen[30, 0] > (seen[36, 0] + seen[45, 0]) / 2
        assert (pose(seen).yaw > 0) == right


def test_a_nose_that_moves_down_is_a_head_that_looks_down():
    level = turned()[30, 1] - turned()[36:48, 1].mean()
    for angle in (-20, 20):
        seen = turned(pitch=angle)
        down = seen[30, 1] - seen[36:48, 1].mean() > level
        assert (pose(seen).pitch > 0) == down


@given(st.floats(0.5, 500), st.floats(-1000, 1000))
def test_neither_scale_nor_place_matters(scale, shift):
    seen = turned(15, 10, 5)
    np.testing.assert_allclose(pose(seen * scale + shift), pose(seen), atol=1e-3)


def test_a_mirrored_face_looks_the_other_way():
    here = pose(turned(20, 8, 5))
    mirrored = turned(20, 8, 5) * [-1, 1]
    order = np.r_[16:-1:-1, 26:16:-1, 27:31, 35:30:-1, 45:41:-1, 47, 46, 39:35:-1, 41, 40]
    order = np.r_[order, 54:47:-1, 59:54:-1, 64:59:-1, 67:64:-1]
    there = pose(mirrored[order])
    np.testing.assert_allclose(there, (-here.yaw, here.pitch, -here.roll), atol=1.0)


def test_a_speaking_mouth_hardly_turns_the_head():
    open_wide = turned()
    open_wide[:17, 1] += np.r_[np.linspace(0, 0.15, 9), np.linspace(0.15, 0, 9)[1:]]
    open_wide[55:60, 1] += 0.15
    open_wide[65:68, 1] += 0.15
    assert np.abs(np.array(pose(open_wide))).max() < 6


def test_mouth_opening_is_height_over_width():
    points = MEAN_FACE.copy()
    points[60], points[64] = (0.3, 0.8), (0.7, 0.8)
    points[61:64, 1], points[65:68, 1] = 0.75, 0.85
    points[[67, 66, 65], 0] = points[[61, 62, 63], 0]
    assert mouth_opening(points) == pytest.approx(0.1 / 0.4)
    assert mouth_opening(points * 100) == pytest.approx(0.25)
    assert mouth_opening(MEAN_FACE) < 0.05


def test_a_mouth_without_width_is_no_error():
    assert np.isfinite(mouth_opening(np.zeros((68, 2))))

import numpy as np
import pytest

from faceswap.alignment.pose import _HEAD, pose
from faceswap.data.lots import MOST_OFTEN, STEP, Lots, lots, unusual


def turned(yaw):
    """Landmarks of the mean head turned to the right by so many degrees."""
    angle = np.deg2rad(yaw)
    x = _HEAD[:, 0] - 0.5
    return np.stack([np.cos(angle) * x - np.sin(angle) * _HEAD[:, 2], _HEAD[:, 1]], axis=1)


@pytest.fixture(scope="module")
def heads():
    """Twenty heads that look ahead, four that look aside, one that looks far aside."""
    angles = [1.0] * 20 + [21.0] * 4 + [-38.0]
    return np.array([turned(angle) for angle in angles], np.float32)


def test_rare_poses_come_more_often_within_limits(heads):
    yaw = [pose(head).yaw for head in heads]
    assert len({np.floor(angle / STEP) for angle in yaw}) == 3
    often = unusual(heads)
    assert often.tolist() == [1] * 20 + [5] * 4 + [MOST_OFTEN]


def test_what_is_asked_for_decides_what_comes_more_often(heads):
    learnt = np.array([0, 3, 20, 24])
    measures = np.zeros((25, 9), np.float32)
    measures[3, 0] = 5
    everything = lots("all", learnt, measures, heads)
    assert everything.places.tolist() == learnt.tolist()
    poses = lots("poses", learnt, measures, heads)
    assert poses.places.tolist() == [0, 3, 20, 20, 24, 24]
    assert set(lots("expressions", learnt, measures, heads).places) == set(learnt.tolist())


def test_all_lots_come_before_any_comes_again():
    some = Lots(np.array([4, 4, 7, 9]))
    taken = [some.taken(step, 3, np.random.default_rng) for step in range(4)]
    drawn = np.concatenate(taken)
    assert len(drawn) == 12
    for begin in (0, 4, 8):
        assert sorted(drawn[begin : begin + 4]) == [4, 4, 7, 9]

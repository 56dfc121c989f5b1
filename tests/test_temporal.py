"""Smoothing over time: no delay, nothing across breaks, right at the ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap.alignment.temporal import GAP, denoise, reach, runs, smooth


def _none(count):
    return np.zeros(count, bool)


@given(
    st.floats(-5, 5),
    st.floats(-5, 5),
    st.floats(0.3, 6),
    st.lists(st.integers(1, GAP + 1), min_size=1, max_size=40),
)
def test_steady_motion_stays_as_it_is_up_to_the_ends(begin, speed, width, steps):
    frames = np.cumsum(steps)
    line = begin + speed * frames
    assert smooth(line, frames, _none(len(line)), width) == pytest.approx(line, abs=1e-6)


@given(st.integers(0, 2**31), st.floats(0.3, 5))
def test_time_reversed_gives_the_same_reversed(seed, width):
    values = np.random.default_rng(seed).normal(size=(30, 3))
    there = smooth(values, np.arange(30), _none(30), width)
    back = smooth(values[::-1], np.arange(30), _none(30), width)
    assert there == pytest.approx(back[::-1])


def test_noise_is_taken_away():
    noise = np.random.default_rng(1).normal(size=(400, 20))
    smoothed = smooth(noise, np.arange(400), _none(400), 3.0)
    # The Gaussian's own: 1 / sqrt(2 sqrt(pi) 3).
    assert smoothed[20:-20].std() == pytest.approx(0.307, rel=0.1)


def test_nothing_passes_a_break_or_a_long_gap():
    frames = np.array([0, 1, 2, 3, 4, 4 + GAP + 2, 12, 13, 14])
    breaks = np.array([1, 0, 1, 0, 0, 0, 0, 0, 0], bool)
    assert runs(frames, breaks) == [(0, 2), (2, 5), (5, 9)]
    steps = np.array([0.0, 0, 5, 5, 5, -3, -3, -3, -3])
    assert smooth(steps, frames, breaks, 2.0) == pytest.approx(steps)


def test_no_value_counts_beyond_reach():
    values = np.zeros(41)
    values[20] = 1
    touched = np.flatnonzero(smooth(values, np.arange(41), _none(41), 2.5))
    assert (touched.min(), touched.max()) == (20 - reach(2.5), 20 + reach(2.5))


def test_a_value_that_does_not_count_is_replaced():
    values = np.arange(9.0)
    values[4] = 100
    weights = np.ones(9)
    weights[4] = 0
    smoothed = smooth(values, np.arange(9), _none(9), 1.0, weights)
    assert smoothed == pytest.approx(np.arange(9.0))
    assert smooth(values, np.arange(9), _none(9), 1.0, np.zeros(9)) == pytest.approx(values)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_shape_and_kind_are_kept(kind):
    for shape in [(0,), (0, 4), (1, 4), (2,), (7, 2)]:
        values = np.ones(shape, kind)
        smoothed = smooth(values, np.arange(shape[0]), _none(shape[0]), 2.0)
        assert smoothed.shape == shape
        assert smoothed.dtype == kind
        assert smoothed == pytest.approx(values)


def test_width_zero_changes_nothing():
    values = np.random.default_rng(2).normal(size=(5, 2))
    assert np.array_equal(smooth(values, np.arange(5), _none(5), 0.0), values)


def test_noise_goes_and_a_short_burst_stays():
    rng = np.random.default_rng(3)
    true = np.zeros((200, 6))
    true[99:102] = 5.0
    seen = true + rng.normal(0, 0.5, true.shape)
    cleared = denoise(seen, np.arange(200), _none(200), (1, 2, 4), 1.0)
    assert cleared[20:80].std() < 0.15
    assert cleared[99:102].mean() > 4.4
    plain = smooth(seen, np.arange(200), _none(200), 4.0)
    assert plain[99:102].mean() < 2.5


@given(st.integers(0, 2**31), st.integers(1, 40))
def test_no_noise_means_no_change(seed, count):
    values = np.random.default_rng(seed).normal(size=(count, 2))
    assert denoise(values, np.arange(count), _none(count), (1, 3), 0.0) == pytest.approx(values)


def test_denoising_looks_no_further_than_it_says():
    values = np.random.default_rng(4).normal(size=(80, 2))
    other = values.copy()
    other[40] += 9
    one, two = (denoise(v, np.arange(80), _none(80), (1, 2), 1.0) for v in (values, other))
    touched = np.flatnonzero((one != two).any(axis=1))
    assert 40 - touched.min() <= 2 * reach(2)
    assert touched.max() - 40 <= 2 * reach(2)

import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap.training.rate_finder import DIVERGED, Sweep, draw, smoothed, sweep

#: With inputs of this size, one weight and squared errors, each plain step multiplies the weight's
#: error by 1 - 2 * rate * SIZE²: above this rate it grows.
SIZE = 4.0
LIMIT = 1 / SIZE**2
#: What the weight begins with, and what two batches in turn say it should be.
BEGIN, GOALS = 5.0, (2.0, 2.2)


@pytest.fixture(scope="module")
def found():
    net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    net.layers[0].kernel.assign([[BEGIN]])
    net.compile(keras.optimizers.SGD(0.1), loss="mse")
    x = np.full((2, 4, 1), SIZE, np.float32)
    y = x * np.float32(GOALS)[:, None, None]
    batches = tf.data.Dataset.from_tensor_slices((x, y)).repeat()
    return sweep(net, batches, 1e-6, 10.0, 120)


def test_rates_rise_evenly_until_the_loss_has_grown_too_far(found):
    steps = np.diff(np.log(found.rates))
    np.testing.assert_allclose(steps, steps[0])
    assert found.rates[0] == pytest.approx(1e-6)
    assert len(found.losses) < 120
    assert found.smooth[-1] > DIVERGED * found.smooth.min()


def test_it_learns_below_the_rate_at_which_it_must_diverge(found):
    assert LIMIT / 200 < found.steepest < found.least < 6 * LIMIT


def test_each_loss_is_that_of_one_batch_at_its_rate(found):
    weight = BEGIN
    for number, (rate, loss) in enumerate(zip(found.rates, found.losses, strict=True)):
        error = weight - GOALS[number % 2]
        assert loss == pytest.approx((SIZE * error) ** 2, rel=1e-2, abs=1e-3)
        weight -= rate * 2 * SIZE**2 * error


def test_the_mean_so_far_has_no_bias():
    np.testing.assert_allclose(smoothed(np.full(5, 3.0)), 3.0)
    assert 2 < smoothed(np.array([4.0, 2.0]))[1] < 3.05


def test_the_curve_shows_where_it_fell(found):
    picture = draw(found, "a net")
    flat = draw(Sweep(found.rates, found.losses * 0 + 1, found.smooth * 0 + 1), "a net")
    assert picture.shape == flat.shape == (450, 900, 3)
    assert (picture != flat).any()

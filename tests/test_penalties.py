import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap.generation import penalties

SIDE = 4


def normal(*shape, seed=0):
    return tf.constant(np.random.default_rng(seed).standard_normal(shape), tf.float32)


def linear(slope):
    """A critic whose slope is `slope` everywhere."""
    direction = normal(SIDE, SIDE, 3)
    direction *= slope / tf.norm(direction)
    return lambda pictures: tf.reduce_sum(pictures * direction, (1, 2, 3))


@pytest.mark.parametrize("count", [1, 3, 16])
@pytest.mark.parametrize("slope", [0.2, 1.0, 3.0])
def test_a_linear_critics_penalty_does_not_depend_on_the_batch(count, slope):
    real, fake = normal(count, SIDE, SIDE, 3), normal(count, SIDE, SIDE, 3, seed=1)
    share = tf.random.stateless_uniform((count, 1, 1, 1), (0, 0))
    found = penalties.gradient_penalty(linear(slope), real, fake, share)
    assert float(found) == pytest.approx((slope - 1) ** 2, abs=1e-5)
    assert float(penalties.real_slope(linear(slope), real)) == pytest.approx(slope**2 / 2, rel=1e-5)


def test_the_penalty_of_a_flat_critic_has_a_gradient_that_is_a_number():
    scale = tf.Variable(0.0)
    real, fake = normal(2, SIDE, SIDE, 3), normal(2, SIDE, SIDE, 3, seed=1)
    with tf.GradientTape() as tape:
        lost = penalties.gradient_penalty(
            lambda x: scale * linear(1.0)(x), real, fake, tf.ones((2, 1, 1, 1))
        )
    assert float(lost) == pytest.approx(1.0, abs=1e-5)
    assert np.isfinite(tape.gradient(lost, scale))


def test_the_penalty_looks_between_the_pictures():
    seen = []

    def critic(pictures):
        seen.append(pictures)
        return linear(1.0)(pictures)

    real, fake = tf.ones((2, SIDE, SIDE, 3)), tf.zeros((2, SIDE, SIDE, 3))
    penalties.gradient_penalty(critic, real, fake, tf.reshape([0.25, 0.75], (2, 1, 1, 1)))
    np.testing.assert_allclose(seen[0][:, 0, 0, 0], [0.25, 0.75])


def test_clipping_touches_no_statistic_of_batch_normalisation():
    net = keras.Sequential([keras.layers.Dense(3), keras.layers.BatchNormalization()])
    net.build((None, 2))
    penalties.clip(net.trainable_variables, 0.01)
    for variable in net.trainable_variables:
        assert np.abs(variable).max() <= 0.01
    np.testing.assert_array_equal(net.layers[1].moving_variance, np.ones(3))
    # Gamma was 1, so that there was something to clip.
    assert np.abs(net.layers[1].gamma).max() == pytest.approx(0.01)


def test_kernels_at_right_angles_do_not_cross():
    columns, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((18, 4)))
    straight = tf.constant(columns.reshape(3, 3, 2, 4), tf.float32)
    assert float(penalties.crossing([straight, 5 * straight])) == pytest.approx(0, abs=1e-6)
    bent = normal(6, 4)
    products = np.asarray(bent).T @ np.asarray(bent)
    off = products[~np.eye(4, dtype=bool)]
    assert float(penalties.crossing([bent])) == pytest.approx((off**2).sum(), rel=1e-5)


def test_drift_is_the_mean_square():
    assert float(penalties.drift(tf.constant([1.0, -3.0]))) == 5.0

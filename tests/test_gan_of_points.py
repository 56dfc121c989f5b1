"""What generator and critic learn of points of a plane, whose answers are known."""

from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import rel_entr

from faceswap.generation.gan import Gan, Rules
from faceswap.optimizers.adam import FusedAdam

#: How far two clouds are apart.
SHIFTS = (0.25, 0.5, 1.0, 2.0, 4.0)


def dense(given, outputs):
    flow = start = keras.Input(given, name="z")
    flow = keras.layers.Flatten()(flow)
    for _ in range(2):
        flow = keras.layers.LeakyReLU(0.2)(keras.layers.Dense(64)(flow))
    return start, keras.layers.Dense(outputs)(flow)


def points_gan(rules):
    """A generator and a critic of points of a plane, as pictures of one pixel."""
    keras.utils.set_random_seed(0)
    made = [dense((8,), 3) for _ in range(2)]
    makers = [keras.Model([z], keras.layers.Reshape((1, 1, 3))(flow)) for z, flow in made]
    net = Gan(*makers, keras.Model(*dense((1, 1, 3), 1)), rules)
    net.compile(FusedAdam(1e-3, 0.5, 0.9), FusedAdam(1e-3, 0.5, 0.9))
    return net


@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize("slope", [0.5, 1.0, 3.0])
def test_the_penalty_of_a_linear_critic_has_its_weight_at_any_size_of_batch(count, slope):
    net = points_gan(Rules("wasserstein", penalty=10.0))
    picture = keras.Input((1, 1, 3))
    score = keras.layers.Dense(1, use_bias=False)
    net.critic = keras.Model(picture, score(keras.layers.Flatten()(picture)))
    score.kernel.assign(np.full((3, 1), slope / np.sqrt(3), np.float32))
    random = np.random.default_rng(0)
    real, fake = random.standard_normal((2, count, 1, 1, 3)).astype(np.float32)
    found = float(net._penalty(tf.constant(real), tf.constant(fake), None, None))
    assert found == pytest.approx(10 * (slope - 1) ** 2, abs=1e-4)


@pytest.mark.slow
def test_all_modes_of_a_ring_are_found():
    angles = np.arange(8) * np.pi / 4
    centres = 0.5 + 0.35 * np.stack([np.cos(angles), np.sin(angles)], -1)
    random, spread = np.random.default_rng(0), 0.02
    net = points_gan(Rules("non_saturating", real_slope=0.1, average=0.99))

    def ring(count):
        points = centres[random.integers(0, 8, count)] + spread * random.standard_normal((count, 2))
        faces = np.concatenate([points, np.full((count, 1), 0.5)], -1)
        return faces.reshape(count, 1, 1, 3).astype(np.float32)

    for _ in range(4000):
        net.train_on_batch(ring(128))
    z = random.standard_normal((1000, 8)).astype(np.float32)
    made = np.asarray(net({"z": z})).reshape(1000, 3)[:, :2] / 2 + 0.5
    fair = ring(500)
    on_real, on_made = (np.asarray(net.score(p, None)) for p in (2 * fair - 1, net({"z": z[:500]})))
    # Neither does the critic tell nothing apart, nor all.
    assert 0.5 < (np.mean(on_real > 0) + np.mean(on_made < 0)) / 2 < 0.9
    away = np.linalg.norm(made[:, None] - centres, axis=-1)
    near = away.min(1) < 3 * spread
    assert near.mean() > 0.8
    assert len(np.unique(away.argmin(1)[near])) >= 7


class Measured(NamedTuple):
    """What critics made of two clouds, for each of `SHIFTS` that they lay apart."""

    estimates: np.ndarray
    slopes: np.ndarray
    divergences: np.ndarray


def measured(rules):
    """Of the fixed generator's own points, moved."""
    found = []
    for shift in SHIFTS:
        net = points_gan(rules)
        # The critic's kinks lie between the clouds, and none has a slope of its own.
        given = keras.Input((1, 1, 3))
        net.critic = keras.Model(given, net.critic(given - np.float32((shift / 2, 0, 0))))

        def clouds(net=net, shift=shift):
            made, other = (net.generate(net.draw(64, None)) for _ in range(2))
            return tf.concat([other[..., :1] + shift, other[..., 1:]], -1), made

        teach = tf.function(lambda net=net, clouds=clouds: net._teach_critic(clouds()[0], None))
        for step in range(1500):
            teach()
            if step == 1200:
                net.reset_metrics()
        estimate = -float(net.means["critic_loss"].result())
        found.append((estimate, slope(net, *clouds()), jensen_shannon(net, shift)))
    return Measured(*np.transpose(found))


def slope(net, real, made):
    """The mean of the critic's slopes between pictures of both clouds, each its own."""
    between = (real + made) / 2
    with tf.GradientTape() as tape:
        tape.watch(between)
        total = tf.reduce_sum(net.score(between, None))
    slopes = np.asarray(tape.gradient(total, between)).reshape(len(between), -1)
    return np.linalg.norm(slopes, axis=1).mean()


def jensen_shannon(net, shift):
    """Jensen and Shannon's divergence of the clouds along the way that they are apart."""
    points = np.asarray(net.generate(net.draw(4000, None)))[..., 0].ravel()
    ends = points.min(), points.max() + shift
    one, other = (np.histogram(p, 40, ends)[0] / len(p) for p in (points, points + shift))
    return (rel_entr(one, (one + other) / 2) + rel_entr(other, (one + other) / 2)).sum() / 2


@pytest.mark.slow
def test_a_critic_with_a_penalty_measures_how_far_two_clouds_are_apart():
    """Its slope is 1 and a twentieth of the distance: so much pays for ten times its square."""
    found, shifts = measured(Rules("wasserstein", penalty=10.0)), np.array(SHIFTS)
    np.testing.assert_allclose(found.estimates, shifts * (1 + shifts / 20), rtol=0.02)
    assert (np.abs(found.slopes - 1) < 0.2).all()
    # Where nothing of the clouds is common any more, the divergence is flat.
    np.testing.assert_allclose(found.divergences[-2:], np.log(2), rtol=2e-3)
    assert (np.diff(found.divergences[:4]) > 0.05).all()


@pytest.mark.slow
def test_a_clipped_critic_s_estimate_grows_evenly_with_the_distance():
    """Until nothing of the clouds is common, and on where the divergence says no more."""
    found = measured(Rules("wasserstein", clip=0.01))
    shares = found.estimates / SHIFTS
    np.testing.assert_allclose(shares[:4], shares[:4].mean(), rtol=0.03)
    np.testing.assert_allclose(found.divergences[-2:], np.log(2), rtol=2e-3)
    assert found.estimates[-1] > 1.5 * found.estimates[-2]

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap.generation.gan import Rules
from faceswap.generation.growing import GrowingGan, Growth, doubled, faded, halved
from faceswap.networks.progressive_nets import critic, generator
from faceswap.optimizers.adam import FusedAdam
from faceswap.weights import get_weights, put_weights

RULES = Rules("wasserstein", penalty=10.0, drift=1e-3)
SIZE, STEPS = 8, 2


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def fresh(compiled=True):
    # As a process of its own would name its layers.
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    nets = [generator(SIZE, 4, 4), generator(SIZE, 4, 4), critic(SIZE, 4)]
    net = GrowingGan(*nets, RULES, Growth(2, STEPS))
    if compiled:
        net.compile(FusedAdam(1e-3, 0.0, 0.99), FusedAdam(1e-3, 0.0, 0.99))
    return net


def faces():
    return np.random.default_rng(5).random((4, SIZE, SIZE, 3)).astype(np.float32)


def test_the_level_is_a_function_of_the_step():
    growth = Growth(levels=3, steps=10)
    assert [growth.level(n) for n in (0, 9, 10, 29, 30, 49, 500)] == [0, 0, 1, 1, 2, 2, 2]
    assert [growth.begin(level) for level in range(3)] == [0, 10, 30]


def test_growth_is_exactly_continuous():
    maker, judge = generator(16, 4, 4), critic(16, 4)
    pictures = [np.asarray(p) for p in maker(normal(3, 4))]
    for level in (1, 2):
        small, large = pictures[level - 1], pictures[level]
        first = np.asarray(faded([small, large], 0.0))
        np.testing.assert_array_equal(first, doubled(small))
        np.testing.assert_array_equal(faded([small, large], 1.0), large)
        # The critic halves what was doubled, which is exact, and goes on as it did.
        given = [normal(3, 4 << n, 4 << n, 3) for n in range(3)]
        given[level - 1], given[level] = small, first
        for share, same in ((0.0, True), (0.5, False)):
            scores = judge([*given, np.full((3, 1), share, np.float32)])
            before = judge([*given, np.ones((3, 1), np.float32)])[level - 1]
            assert np.allclose(scores[level], before, atol=1e-6) == same


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("count", [1, 3])
def test_the_penalty_of_a_linear_critic_has_its_weight_at_any_level_and_batch(level, count):
    net, side, slope = fresh(), 4 << level, 3.0
    *pictures, share = given = [keras.Input((4, 4, 3)), keras.Input((8, 8, 3)), keras.Input((1,))]
    scores = [keras.layers.Dense(1, use_bias=False) for _ in pictures]
    flat = [keras.layers.Flatten()(one) for one in pictures]
    outputs = [dense(one) + 0 * share for dense, one in zip(scores, flat, strict=True)]
    for dense in scores:
        dense.kernel.assign(np.full(dense.kernel.shape, slope / np.sqrt(dense.kernel.shape[0])))
    net.critic, net.level = keras.Model(given, outputs), level
    real, fake = (tf.constant(normal(count, side, side, 3, seed=seed)) for seed in (1, 2))
    found = float(net._penalty(real, fake, None, tf.zeros(count)))
    assert found == pytest.approx(10 * (slope - 1) ** 2, rel=1e-4)


def test_halving_undoes_doubling():
    given = normal(2, 4, 4, 3)
    np.testing.assert_allclose(halved(doubled(given)), given, atol=1e-6)


def test_samples_grow_without_a_jump():
    net = fresh(compiled=False)
    low = np.asarray(net(normal(2, 4)))
    np.testing.assert_array_equal(low[:, ::2, ::2], low[:, 1::2, 1::2])
    net.grown.assign(1e-6)
    np.testing.assert_allclose(net(normal(2, 4)), low, atol=1e-4)


def taken(net):
    """A training as it stands."""
    optimizers = [net.optimizer, net.critic_optimizer]
    return get_weights(net), [[np.array(v.numpy()) for v in one.variables] for one in optimizers]


@pytest.fixture(scope="module")
def trained():
    """What was there before each of six steps and after the last, and the share it had grown."""
    net = fresh()
    states, shares, real = [taken(net)], [], []
    for _ in range(6):
        net.train_on_batch(faces())
        states.append(taken(net))
        shares.append(float(net.grown))
        real.append((net.level, float(net.share()), np.asarray(net.seen(tf.constant(faces())))))
    return states, shares, real


def test_it_grows_and_real_faces_fade_as_made_ones_do(trained):
    _, shares, real = trained
    assert shares == [0, 0, 0.5, 1, 1, 1]
    for level, share, seen in real:
        small = halved(tf.constant(faces()))
        expected = faded([small, faces()], share) if level else small
        np.testing.assert_allclose(seen, expected)


def test_what_is_not_used_yet_is_not_learnt(trained):
    states = trained[0]
    changes = [
        {name for name in first[0] if (first[0][name] != last[0][name]).any()}
        for first, last in itertools.pairwise(states)
    ]
    assert changes[0] < changes[2] and len(changes[0]) < len(states[0][0])


def test_moments_begin_anew_with_a_level(trained):
    # Behind the first step of a level its square alone is in the moments, a hundredth of it.
    states = trained[0]
    kept = [velocity for velocity in states[STEPS][1][0] if velocity.ndim == 4 and velocity.any()]
    assert kept
    net = fresh()
    put(net, states[STEPS])
    net.level, net.traced = 1, lambda _: {}
    net._grow(None)
    assert not any(np.asarray(m).any() for m in net.optimizer._velocities)
    assert not any(np.asarray(m).any() for m in net.critic_optimizer._velocities)


def put(net, state):
    weights, optimizers = state
    put_weights(net, weights)
    for optimizer, values in zip((net.optimizer, net.critic_optimizer), optimizers, strict=True):
        for variable, value in zip(optimizer.variables, values, strict=True):
            variable.assign(value)


@pytest.mark.slow
def test_a_training_resumed_inside_of_a_fade_goes_on_alike(trained):
    states = trained[0]
    again = fresh()
    put(again, states[3])
    for _ in range(3):
        again.train_on_batch(faces())
    weights, optimizers = taken(again)
    for name, values in states[6][0].items():
        np.testing.assert_array_equal(weights[name], values, err_msg=name)
    np.testing.assert_array_equal(optimizers[0][0], states[6][1][0][0])

from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import rel_entr

from faceswap.errors import Unsupported
from faceswap.generation.gan import Gan, Rules
from faceswap.networks import residual_nets
from faceswap.networks.plain_convnets import critic, generator
from faceswap.networks.precision import using
from faceswap.optimizers.adam import FusedAdam
from faceswap.weights import get_weights, put_weights

SIZE, CLASSES = 8, 3
#: How far two clouds are apart.
SHIFTS = (0.25, 0.5, 1.0, 2.0, 4.0)
#: One of everything.
RULES = Rules(
    "hinge",
    critic_steps=2,
    critic_rate=4.0,
    clip=0.05,
    penalty=1.0,
    real_slope=1.0,
    drift=1e-3,
    crossing=1e-4,
    mismatched=True,
    augment="all",
    average=0.9,
)


def fresh(rules=RULES, norm="layer", classes=CLASSES, size=SIZE):
    keras.utils.set_random_seed(0)
    nets = [generator(size, 4, 4, classes), generator(size, 4, 4, classes)]
    net = Gan(*nets, critic(size, 4, norm, classes), rules)
    net.compile(FusedAdam(1e-3, 0.0, 0.9), FusedAdam(1e-3, 0.0, 0.9))
    return net


def batch(count=6, size=SIZE):
    random = np.random.default_rng(0)
    labels = random.integers(0, CLASSES, count)
    return random.random((count, size, size, 3)).astype(np.float32), labels


def marked(labels):
    return np.eye(CLASSES, dtype=np.float32)[labels]


def state(net):
    parts = [get_weights(net)]
    for optimizer in (net.optimizer, net.critic_optimizer):
        parts.append({str(n): np.array(v.numpy()) for n, v in enumerate(optimizer.variables)})
    return parts


@pytest.fixture(scope="module")
def trained():
    """The network after 3 steps of everything, and the training at each of them."""
    net = fresh()
    states, logs = [state(net)], []
    for _ in range(3):
        logs.append(net.train_on_batch(*batch(), return_dict=True))
        states.append(state(net))
    return net, states, logs


def test_each_loss_has_its_name_and_is_a_number(trained):
    _, _, logs = trained
    named = {"loss", "generator_loss", "critic_loss", "penalty", "on_real", "on_fake"}
    assert all(set(log) == named and np.isfinite(list(log.values())).all() for log in logs)
    assert logs[0]["penalty"] > 0


def test_the_critic_steps_more_often_faster_and_within_its_limit(trained):
    net = trained[0]
    assert int(net.optimizer.iterations) == 3 and int(net.critic_optimizer.iterations) == 6
    rates = [float(o.learning_rate) for o in (net.critic_optimizer, net.optimizer)]
    assert rates[0] == pytest.approx(4 * rates[1])
    assert max(np.abs(v).max() for v in net.critic.trainable_variables) <= 0.05


@pytest.mark.parametrize("kind", ["batch", "spectral"])
def test_the_running_mean_follows_all_that_the_generator_works_with(kind):
    """Statistics of the batches and the directions of spectral norms too."""
    net = fresh(Rules(average=0.9)) if kind == "batch" else spectral()
    moving = {"batch": "moving_mean", "spectral": "direction"}[kind]
    assert moving in {v.name for v in net.generator.weights}
    expected = [np.array(v.numpy()) for v in net.average.weights]
    for step in (1, 2, 200):
        kept = min(net.rules.average, step / (step + 10))
        for weight in net.generator.weights:
            weight.assign_add(tf.ones(weight.shape))
        net.optimizer.iterations.assign(step)
        net._follow()
        pairs = zip(expected, net.generator.weights, strict=True)
        expected = [kept * mean + (1 - kept) * np.asarray(now) for mean, now in pairs]
    for mean, values in zip(net.average.weights, expected, strict=True):
        np.testing.assert_allclose(mean, values, atol=1e-5, err_msg=mean.path)


def spectral():
    """A network of BigGAN's, that has taken no step."""
    made = [residual_nets.generator(8, 4, 4, CLASSES, 2) for _ in range(2)]
    net = Gan(*made, residual_nets.critic(8, 4, CLASSES), Rules(average=0.9))
    net.compile(FusedAdam(1e-3), FusedAdam(1e-3))
    return net


def test_all_kernels_but_that_of_labels_are_held_at_right_angles():
    net = spectral()
    own = net.generator.trainable_variables
    left = {v.path for v in own if v.name == "kernel"} - {v.path for v in net._kernels()}
    assert left == {f"{residual_nets.MEANING}/kernel"}
    assert all(v.name == "kernel" for v in net._kernels())


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


def test_all_that_a_training_goes_on_from_is_in_its_checkpoint(trained):
    net, states, _ = trained
    weights, *optimizers = states[1]
    put_weights(net, weights)
    for optimizer, values in zip((net.optimizer, net.critic_optimizer), optimizers, strict=True):
        for number, variable in enumerate(optimizer.variables):
            variable.assign(values[str(number)])
    for _ in range(2):
        net.train_on_batch(*batch())
    for part, expected in zip(state(net), states[3], strict=True):
        for name, values in expected.items():
            np.testing.assert_array_equal(part[name], values, err_msg=name)


def test_a_critic_with_layer_normalisation_keeps_pictures_apart():
    pictures, labels = batch(size=16)
    for norm, apart in (("layer", True), ("batch", False)):
        net = fresh(Rules(), norm, size=16)
        together = np.asarray(net.score(pictures, marked(labels)))
        ones = [(pictures[n : n + 1], marked(labels[n : n + 1])) for n in range(6)]
        alone = [float(net.score(*one)[0]) for one in ones]
        assert np.allclose(alone, together, atol=1e-5) == apart


def test_batch_normalisation_learns_and_works_on_the_batch():
    net = fresh(Rules(), "batch", size=16)
    norm = next(x for x in net.critic.layers if isinstance(x, keras.layers.BatchNormalization))
    before = np.array(norm.moving_mean.numpy())
    pictures, labels = batch(size=16)
    scores = np.asarray(net.score(pictures, marked(labels)))
    assert np.abs(np.asarray(norm.moving_mean) - before).max() > 0
    idle = np.asarray(net.critic([pictures, marked(labels)], training=False)).ravel()
    assert np.abs(scores - idle).max() > 1e-3


def test_wrong_labels_are_never_right_and_all_of_them_come():
    net = fresh()
    labels = np.eye(CLASSES, dtype=np.float32)[np.repeat(np.arange(CLASSES), 40)]
    others = np.asarray(net._others(tf.constant(labels)))
    assert (others.sum(1) == 1).all() and (others * labels).sum() == 0
    assert {(int(a.argmax()), int(b.argmax())) for a, b in zip(labels, others, strict=True)} == {
        (a, b) for a in range(CLASSES) for b in range(CLASSES) if a != b
    }


def test_float16_is_refused():
    with using("float16"), pytest.raises(Unsupported, match="float32"):
        fresh(classes=0)


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


@pytest.mark.slow
def test_all_modes_of_a_ring_are_found():
    angles = np.arange(8) * np.pi / 4
    centres = 0.5 + 0.35 * np.stack([np.cos(angles), np.sin(angles)], -1)
    random, spread = np.random.default_rng(0), 0.02
    net = points_gan(Rules("non_saturating", real_slope=0.1, average=0.99))
    for _ in range(4000):
        points = centres[random.integers(0, 8, 128)] + spread * random.standard_normal((128, 2))
        faces = np.concatenate([points, np.full((128, 1), 0.5)], -1)
        net.train_on_batch(faces.reshape(128, 1, 1, 3).astype(np.float32))
    z = random.standard_normal((1000, 8)).astype(np.float32)
    made = np.asarray(net({"z": z})).reshape(1000, 3)[:, :2] / 2 + 0.5
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
    found = measured(Rules("wasserstein", clip=0.05))
    shares = found.estimates / SHIFTS
    np.testing.assert_allclose(shares[:3], shares[:3].mean(), rtol=0.08)
    np.testing.assert_allclose(found.divergences[-2:], np.log(2), rtol=2e-3)
    assert found.estimates[-1] > 1.4 * found.estimates[-2]

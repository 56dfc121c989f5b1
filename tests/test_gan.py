import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap.errors import Unsupported
from faceswap.generation.gan import Gan, Rules
from faceswap.networks import residual_nets
from faceswap.networks.plain_convnets import critic, generator
from faceswap.networks.precision import using
from faceswap.optimizers.adam import FusedAdam
from faceswap.weights import get_weights, put_weights

SIZE, CLASSES = 8, 3
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


def test_clipping_leaves_the_statistics_of_batches_alone():
    net = fresh(Rules("wasserstein", clip=0.01), "batch", size=16)
    net.train_on_batch(*batch(size=16))
    assert max(np.abs(v).max() for v in net.critic.trainable_variables) <= 0.01
    kept = [v for v in net.critic.weights if v.name == "moving_variance"]
    # They began at 1, and each batch is a tenth of them.
    assert kept and min(np.asarray(v).min() for v in kept) > 0.5


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

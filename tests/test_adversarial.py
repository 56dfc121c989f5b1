import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap.data.dataset import SIDES
from faceswap.errors import Unsupported
from faceswap.networks.layers import both_sides
from faceswap.networks.precision import using
from faceswap.networks.terms import View
from faceswap.optimizers.schedule import LEAST
from faceswap.training.adversarial import RATE, Rivals, mixture
from faceswap.training.checkpoint import Checkpoints, State
from faceswap.training.optimizing import Optimizing
from faceswap.training.training import Clock, Easing
from faceswap.weights import get_weights
from stages.train import Train

SIZE = 16
RANDOM = np.random.default_rng(0)


def batch(step, count=2):
    """What `fit` is fed at a step."""
    random = np.random.default_rng(step)
    faces = {s: random.random((count, SIZE, SIZE, 3)).astype(np.float32) for s in SIDES}
    return faces, faces


def compiled(kind="none", weight=0.1, eagerly=True, since=0.0):
    """A network of one layer a decoder, so that its rivals are what takes time."""
    keras.utils.set_random_seed(0)
    picture = keras.Input((SIZE, SIZE, 3))
    encoder = keras.Model(
        picture, keras.layers.Conv2D(4, 3, padding="same")(picture), name="encoder"
    )
    decoders = []
    for side in SIDES:
        code = keras.Input((SIZE, SIZE, 4))
        drawn = keras.layers.Conv2D(3, 3, padding="same", activation="sigmoid")(code)
        drawn = keras.layers.Activation("linear", dtype="float32")(drawn)
        decoders.append(keras.Model(code, drawn, name=f"decoder_{side}"))
    net = both_sides(encoder, *decoders)
    rivals = None if kind == "none" else Rivals(kind, SIZE, weight, since=since)
    how = {"rivals": rivals, "jit_compile": False, "run_eagerly": eagerly}
    net.compile(keras.optimizers.Adam(1e-3), {"l1": 1.0}, **how)
    return net


def learn(net, first, last):
    for step in range(first, last):
        shown = net.train_on_batch(*batch(step), return_dict=True)
    return shown


@pytest.mark.parametrize("kind", ["patch", "unet"])
def test_rivals_learn_to_tell_and_networks_to_fool(kind):
    keras.utils.set_random_seed(0)
    rivals, random = Rivals(kind, SIZE, 0.1), np.random.default_rng(0)
    rough = tf.Variable(random.random((2, SIZE, SIZE, 3)), dtype=tf.float32)
    smooth = tf.constant(np.full((2, SIZE, SIZE, 3), 0.6, np.float32))

    def views():
        return {side: View(smooth, smooth, rough) for side in SIDES}

    for step in range(30):
        rivals.learn(views(), (step, 0))
    real = {side: View(smooth, smooth, smooth) for side in SIDES}
    assert float(rivals.fooled(real)) < float(rivals.fooled(views()))
    with tf.GradientTape() as tape:
        before = rivals.fooled(views())
    rough.assign_sub(0.002 * tf.sign(tape.gradient(before, rough)))
    assert float(rivals.fooled(views())) < float(before)


def test_the_network_fools_its_rivals_as_much_as_that_weighs():
    """With the rivals' weight a hundred times the loss's, fooling them gets easier."""
    still = compiled("patch", 100.0)
    still.rivals.learn = lambda views, seed: tf.zeros(())
    told = [learn(still, 0, 1)["fooled"] for _ in range(6)]
    assert told[-1] < told[0] - 0.01


def test_the_rivals_are_not_of_the_network():
    plain, beside = compiled(), compiled("patch", eagerly=False)
    assert get_weights(plain).keys() == get_weights(beside).keys()
    assert len(beside.optimizer.variables) == len(plain.optimizer.variables)
    shown = learn(beside, 0, 1)
    assert {"fooled", "untold", "loss"} <= shown.keys()
    assert np.isfinite(list(shown.values())).all()


@pytest.mark.parametrize("kind", ["patch", "unet"])
def test_a_training_goes_on_as_if_it_had_not_stopped(kind, tmp_path):
    whole = compiled(kind)
    learn(whole, 0, 3)
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    stopped = compiled(kind)
    learn(stopped, 0, 2)
    checkpoints.save(stopped, State(2, 1.0))
    again = compiled(kind)
    assert checkpoints.restore(again, print) is not None
    learn(again, 2, 3)
    for name, values in get_weights(again).items():
        np.testing.assert_array_equal(values, get_weights(whole)[name])
    for ours, theirs in zip(again.rivals.variables, whole.rivals.variables, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_rivals_may_come_late_and_go_again(tmp_path):
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    plain = compiled()
    learn(plain, 0, 1)
    checkpoints.save(plain, State(1, 1.0))
    late = compiled("patch")
    checkpoints.restore(late, print)
    assert int(late.optimizer.iterations) == 1 and int(late.rivals.optimizer.iterations) == 0
    learn(late, 1, 2)
    assert int(late.rivals.optimizer.iterations) == 1
    checkpoints.save(late, State(2, 1.0))
    other = compiled("unet")
    checkpoints.restore(other, print)
    assert int(other.rivals.optimizer.iterations) == 0
    gone = compiled()
    checkpoints.restore(gone, print)
    for name, values in get_weights(gone).items():
        np.testing.assert_array_equal(values, get_weights(late)[name])


def test_rivals_that_come_late_change_nothing_before():
    plain, late = compiled(eagerly=False), compiled("unet", 10.0, eagerly=False, since=0.5)
    for net in (plain, late):
        net.at(0.4, 1.0)
    before = [w.numpy() for w in late.rivals.weights]
    alone, shown = learn(plain, 0, 2), learn(late, 0, 2)
    assert shown["fooled"] == shown["untold"] == 0
    assert alone["loss"] == shown["loss"] == shown["lasting"]
    for name, values in get_weights(late).items():
        np.testing.assert_array_equal(values, get_weights(plain)[name])
    late.at(0.5, 1.0)
    shown = learn(late, 2, 4)
    assert shown["loss"] == pytest.approx(shown["lasting"] + 10 * shown["fooled"], rel=1e-5)
    assert min(shown["fooled"], shown["untold"]) > 0
    assert int(late.rivals.optimizer.iterations) == 2
    assert all((b != w.numpy()).any() for b, w in zip(before, late.rivals.weights, strict=True))


def test_a_damaged_rival_is_noticed(tmp_path):
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    net = compiled("patch")
    for step in (1, 2):
        learn(net, step - 1, step)
        checkpoints.save(net, State(step, 1.0))
    (tmp_path / "checkpoints" / "000000002" / "patch.safetensors").write_bytes(b"")
    told = []
    state = checkpoints.restore(compiled("patch"), told.append)
    assert state.step == 1 and "patch.safetensors" in told[0]


def test_mixtures_are_of_the_beta_distribution():
    shares = np.array([float(mixture((step, 0))) for step in range(400)])
    assert (shares >= 0).all() and (shares <= 1).all()
    assert abs(shares.mean() - 0.5) < 0.06
    # Its variance is 1 / (4 (2 * 0.2 + 1)).
    assert abs(shares.var() - 1 / 5.6) < 0.02
    assert float(mixture((3, 0))) == float(mixture((3, 0)))


def test_rivals_learn_in_float16():
    with using("float16"):
        net = compiled("patch")
        before = [w.numpy() for w in net.rivals.weights]
        # At first the scale of the loss is too large, and steps are left out until it fits.
        for step in range(8):
            assert np.isfinite(learn(net, step, step + 1)["untold"])
    assert any((b != a.numpy()).any() for b, a in zip(before, net.rivals.weights, strict=True))


@pytest.mark.parametrize(
    ("how", "halved", "step", "part"),
    [
        ({}, 0, 75, 0.5),
        ({"schedule": "constant"}, 0, 75, 1.0),
        ({"schedule": "cosine"}, 0, 50, LEAST + (1 - LEAST) / 2),
        ({"warmup": 10}, 0, 4, 0.5),
        ({}, 2, 75, 0.125),
    ],
)
def test_rivals_steps_are_shortened_as_the_networks_are(how, halved, step, part):
    net, clock = compiled("patch"), Clock(step, iterations=100, finish=0.5, halved=halved)
    net.optimizer.iterations.assign(step)
    easing = Easing(clock, 1e-3, Optimizing(**how).pace(clock))
    easing.set_model(net)
    easing.on_train_batch_begin(0)
    assert float(net.optimizer.learning_rate) == pytest.approx(1e-3 * part)
    assert float(net.rivals.optimizer.learning_rate) == pytest.approx(RATE * part)


def test_what_cannot_be_is_refused():
    several = {"model": "lite", "strategy": "multiworker", "iterations": 9, "minutes": 0.0}
    Train(**several).validate()
    with pytest.raises(Unsupported, match="--discriminator none"):
        Train(discriminator="patch", **several).validate()
    with pytest.raises(Unsupported, match="from the beginning"):
        Train(discriminator="unet", discriminator_from=0.5, strategy="mirrored").validate()
    with pytest.raises(Unsupported, match="whole batches"):
        Train(model="faceswap_gan", accumulate=2).validate()
    with pytest.raises(Unsupported, match="that is for swaps"):
        Train(model="mean_face", discriminator="unet").validate()

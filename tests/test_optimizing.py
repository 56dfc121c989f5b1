"""Optimisers against plain NumPy, and the options that choose them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap.errors import ModelMismatch
from faceswap.networks.precision import using
from faceswap.optimizers.averaged import averaged
from faceswap.optimizers.schedule import LEAST, Schedule
from faceswap.optimizers.stepping import YOUNG
from faceswap.stage import Bar
from faceswap.training.checkpoint import Checkpoints, State
from faceswap.training.keeper import Keeper
from faceswap.training.optimizing import OPTIMIZERS, Optimizing
from faceswap.training.training import Clock, Watch, learn

RATE, STEPS = 0.01, 5
Array = np.ndarray


def gradients() -> list[Array]:
    return list(np.random.default_rng(3).normal(size=(STEPS, 6)))


def adam(decay: float = 0.0) -> Callable[[list[Array]], Array]:
    def steps(given: list[Array]) -> Array:
        w, m, v = np.ones(6), np.zeros(6), np.zeros(6)
        for n, g in enumerate(given, 1):
            w = w - decay * RATE * w
            m, v = 0.5 * m + 0.5 * g, 0.999 * v + 0.001 * g**2
            w = w - RATE * (m / (1 - 0.5**n)) / (np.sqrt(v / (1 - 0.999**n)) + 1e-7)
        return w

    return steps


def adabelief(given: list[Array]) -> Array:
    w, m, v = np.ones(6), np.zeros(6), np.zeros(6)
    for g in given:
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * (g - m) ** 2
        w = w - RATE * m / (np.sqrt(v) + 1e-6)
    return w


def lion(given: list[Array]) -> Array:
    w, m = np.ones(6), np.zeros(6)
    for g in given:
        w = w - 0.1 * RATE * np.sign(0.9 * m + 0.1 * g)
        m = 0.99 * m + 0.01 * g
    return w


PLAIN = {"adam": adam(), "adamw": adam(0.01), "adabelief": adabelief, "lion": lion}


def stepped(how: Optimizing, given: list[Array]) -> tuple[keras.Variable, keras.Optimizer]:
    weight = keras.Variable(np.ones(6, np.float32), name="kernel")
    optimizer = how.stepper(RATE, 0.5)
    step = tf.function(lambda g: optimizer.apply([g], [weight]))
    for g in given:
        step(tf.constant(g, tf.float32))
    return weight, optimizer


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_are_those_of_the_formula(name: str) -> None:
    weight, optimizer = stepped(Optimizing(optimizer=name), gradients())
    np.testing.assert_allclose(weight.numpy(), PLAIN[name](gradients()), atol=2e-5)
    assert np.abs(weight.numpy() - 1).max() > 2e-3
    # A step count, a rate, and what is kept of each weight.
    assert len(optimizer.variables) == 2 + Optimizing(optimizer=name).slots


def test_biases_do_not_shrink_where_weights_do() -> None:
    for name in ("adam", "adamw"):
        net = keras.Sequential(
            [keras.Input((4,)), keras.layers.Dense(3), keras.layers.BatchNormalization()]
        )
        for weight in net.trainable_variables:
            weight.assign(tf.ones(weight.shape))
        optimizer = Optimizing(optimizer=name).stepper(RATE, 0.5)
        optimizer.apply(
            [tf.zeros(w.shape) for w in net.trainable_variables], net.trainable_variables
        )
        left = {w.name: float(tf.reduce_min(w)) for w in net.trainable_variables}
        shrunk = 1 - 0.01 * RATE if name == "adamw" else 1
        assert left == pytest.approx({"kernel": shrunk, "bias": 1, "gamma": 1, "beta": 1}, abs=1e-7)


def test_a_long_gradient_is_cut_to_its_length() -> None:
    # Adam forgets a common factor; a first gradient that is cut weighs less in what follows.
    first, second = np.full(6, 100.0), np.array([1.0, -1, 1, -1, 1, -1])
    cut, given = [g / max(1, np.linalg.norm(g)) for g in (first, second)], [first, second]
    clipped, _ = stepped(Optimizing(clip=1.0), given)
    np.testing.assert_allclose(clipped.numpy(), adam()(cut), atol=2e-5)
    assert np.abs(adam()(cut) - adam()(given)).max() > 1e-3


def test_weights_that_no_term_reaches_have_no_part_in_what_is_shared_and_cut() -> None:
    weights = [keras.Variable(np.ones(6, np.float32), name=name) for name in ("near", "far")]
    optimizer = Optimizing(clip=1.0).stepper(RATE, 0.5)
    optimizer.share = lambda grads: [tf.identity(grad) for grad in grads]
    for g in gradients():
        with pytest.warns(UserWarning, match="Gradients do not exist"):
            optimizer.apply([tf.constant(g, tf.float32), None], weights)
    cut = [g / max(1, np.linalg.norm(g)) for g in gradients()]
    np.testing.assert_allclose(weights[0].numpy(), adam()(cut), atol=2e-5)
    np.testing.assert_array_equal(weights[1].numpy(), np.ones(6))


def test_some_weights_move_and_others_each_step() -> None:
    weight = keras.Variable(np.ones(20_000, np.float32), name="kernel")
    optimizer = Optimizing(lr_dropout=0.3).stepper(RATE, 0.5)
    moved = []
    for _ in range(3):
        before = weight.numpy()
        optimizer.apply([tf.ones(20_000)], [weight])
        moved.append(weight.numpy() != before)
    assert [m.mean() for m in moved] == pytest.approx([0.3] * 3, abs=0.02)
    assert (moved[0] & moved[1]).mean() == pytest.approx(0.09, abs=0.02)


def test_the_mean_of_the_weights_follows_them() -> None:
    weights = [np.ones(6)]
    for n in range(STEPS):
        weights.append(adam()(gradients()[: n + 1]))
    mean = weights[1]
    for n, weight in enumerate(weights[2:], 1):
        kept = min(0.9, n / (YOUNG + n))
        mean = kept * mean + (1 - kept) * weight
    _, optimizer = stepped(Optimizing(ema=0.9), gradients())
    np.testing.assert_allclose(optimizer.means[0].numpy(), mean, atol=2e-5)


def network(how: Optimizing) -> keras.Model:
    keras.utils.set_random_seed(0)
    last = keras.layers.Activation("linear", dtype="float32")
    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), last])
    net.compile(how.stepper(RATE, 0.5), loss="mse", jit_compile=False)
    return net


def train(net: keras.Model, steps: range) -> None:
    for n in steps:
        random = np.random.default_rng(n)
        net.train_on_batch(random.normal(size=(4, 4)), random.normal(size=(4, 3)))


@pytest.mark.parametrize(
    "how",
    [
        Optimizing(optimizer="adabelief", lr_dropout=0.3, clip=0.1, ema=0.9),
        Optimizing(optimizer="lion", ema=0.9),
        Optimizing(optimizer="adamw", lr_dropout=0.5),
    ],
    ids=lambda how: how.optimizer,
)
def test_resumed_training_ends_in_the_same_weights(how: Optimizing, tmp_path) -> None:
    whole, cut, again = network(how), network(how), network(how)
    train(whole, range(6))
    train(cut, range(3))
    Checkpoints(tmp_path).save(cut, State(3, 1.0))
    Checkpoints(tmp_path).restore(again, pytest.fail)
    train(again, range(3, 6))
    for one, two in zip(whole.variables, again.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy())
    for one, two in zip(whole.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy())


class Feed:
    """Numbers by the step; those of the second are too large for float16."""

    batch = 4
    specs = (tf.TensorSpec((4, 4)), tf.TensorSpec((4, 3)))

    def after(self, step: int) -> Iterator[tuple[Array, Array]]:
        for n in count(step):
            random = np.random.default_rng(n)
            yield random.normal(size=(4, 4)), random.normal(size=(4, 3)) * (1e4 if n == 1 else 1)


def in_float16(folder: Path, until: int) -> keras.Model:
    """A network that is trained until a step, from where the last call came to."""
    with using("float16"):
        net = network(Optimizing(ema=0.9, lr_dropout=0.5))
    clock, checkpoints = Clock(iterations=until), Checkpoints(folder)
    if state := checkpoints.restore(net, pytest.fail):
        clock.resume(state)
    keeper = Keeper(clock, checkpoints, 1e9)
    learn(net, Feed(), clock, RATE, lambda step: 1.0, [Watch(clock, Bar(), 4), keeper])
    assert clock.step == until
    return net


def test_a_step_left_out_in_float16_is_one_of_those_that_were(tmp_path: Path) -> None:
    whole = in_float16(tmp_path / "whole", 6)
    for until in (2, 4, 6):
        cut = in_float16(tmp_path / "cut", until)
    assert int(whole.optimizer.inner_optimizer.iterations) == 5
    pairs = zip(
        [*whole.variables, *whole.optimizer.variables],
        [*cut.variables, *cut.optimizer.variables],
        strict=True,
    )
    for one, two in pairs:
        np.testing.assert_array_equal(one.numpy(), two.numpy())


def test_another_optimizer_is_refused(tmp_path) -> None:
    net = network(Optimizing())
    train(net, range(3))
    Checkpoints(tmp_path).save(net, State(3, 1.0))
    with pytest.raises(ModelMismatch, match=r"by fused_adam, not lion\): give the options"):
        Checkpoints(tmp_path).restore(network(Optimizing(optimizer="lion")), pytest.fail)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_mean_may_begin_late_and_end_early(name: str, tmp_path) -> None:
    plain, meaned = Optimizing(optimizer=name), Optimizing(optimizer=name, ema=0.9)
    net, late, gone = network(plain), network(meaned), network(plain)
    train(net, range(3))
    Checkpoints(tmp_path).save(net, State(3, 1.0))
    Checkpoints(tmp_path).restore(late, pytest.fail)
    for mean, weight in zip(late.optimizer.means, late.trainable_variables, strict=True):
        np.testing.assert_array_equal(mean.numpy(), weight.numpy())
    train(late, range(3, 4))
    Checkpoints(tmp_path).save(late, State(4, 1.0))
    Checkpoints(tmp_path).restore(gone, pytest.fail)
    train(net, range(3, 6))
    train(gone, range(4, 6))
    for one, two in zip(net.optimizer.variables, gone.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy())


def test_the_mean_takes_the_weights_place_for_a_while() -> None:
    net = network(Optimizing(ema=0.9))
    train(net, range(4))
    kept = net.get_weights()
    with averaged(net):
        for mean, weight in zip(net.optimizer.means, net.get_weights(), strict=True):
            np.testing.assert_array_equal(mean.numpy(), weight)
            assert (weight != kept[0]).any()
    for before, after in zip(kept, net.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_rates_go_on_as_asked_for() -> None:
    def share(step: int) -> float:
        return step / 1000

    def rates(kind: str, steps: tuple[int, ...], warmup: int = 0, waves: bool = False) -> list:
        schedule = Schedule(kind, warmup, waves, share, lambda step: 0.5)
        return [schedule(step) for step in steps]

    assert rates("constant", (0, 500, 1000)) == [1, 1, 1]
    assert rates("finish", (0, 500)) == [0.5, 0.5]
    middle = LEAST + (1 - LEAST) / 2
    assert rates("cosine", (0, 500, 1000, 1200)) == pytest.approx([1, middle, LEAST, LEAST])
    assert rates("constant", (0, 4, 9, 10), warmup=10) == pytest.approx([0.1, 0.5, 1, 1])
    assert rates("constant", (0, 125, 250, 500), waves=True) == pytest.approx([1, 0.5, 0, 1])

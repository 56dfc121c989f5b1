import keras
import numpy as np
import pytest

from faceswap.dataset import SIDES
from faceswap.layers import both_sides
from faceswap.swap_net import SwapNet

RANDOM = np.random.default_rng(0)


def tiny(penalty: float = 0.0) -> SwapNet:
    """A network of 8 px with a decoder for each side."""
    keras.utils.set_random_seed(0)
    picture = keras.Input((8, 8, 3))
    squared = keras.regularizers.L2(penalty) if penalty else None
    code = keras.layers.Dense(6, kernel_regularizer=squared)(keras.layers.Flatten()(picture))
    decoders = []
    for side in SIDES:
        flow = given = keras.Input((6,))
        flow = keras.layers.Reshape((8, 8, 3))(keras.layers.Dense(192, "sigmoid")(flow))
        decoders.append(keras.Model(given, flow, name=f"decoder_{side}"))
    return both_sides(keras.Model(picture, code, name="encoder"), *decoders)


def faces(count: int = 4) -> dict[str, np.ndarray]:
    return {side: RANDOM.random((count, 8, 8, 3)).astype(np.float32) for side in SIDES}


def test_the_loss_is_the_sum_of_its_terms_over_both_sides():
    net, given, real = tiny(), faces(), faces()
    net.compile("sgd", {"l1": 2.0, "mse": 3.0}, jit_compile=False)
    drawn = {side: np.asarray(values) for side, values in net(given).items()}
    apart = {side: np.abs(drawn[side] - real[side]) for side in SIDES}
    l1, mse = (sum(float((apart[s] ** power).mean()) for s in SIDES) for power in (1, 2))
    shown = net.train_on_batch(given, real, return_dict=True)
    assert shown == pytest.approx({"loss": 2 * l1 + 3 * mse, "l1": l1, "mse": mse}, rel=1e-5)


def test_pixels_count_as_they_weigh():
    net, given, real = tiny(), faces(), faces()
    net.compile("sgd", {"l1": 1.0}, jit_compile=False)
    weights = {side: RANDOM.random((4, 8, 8)).astype(np.float32) for side in SIDES}
    apart = {side: np.abs(np.asarray(net(given)[side]) - real[side]).mean(-1) for side in SIDES}
    expected = sum(float((apart[side] * weights[side]).mean()) for side in SIDES)
    loss = net.train_on_batch(given, real, weights, return_dict=True)["loss"]
    assert loss == pytest.approx(expected, rel=1e-5)


def test_what_the_layers_ask_for_is_part_of_the_loss():
    given, real = faces(), faces()
    losses = []
    for net in (tiny(), tiny(0.1)):
        net.compile("sgd", {"l1": 1.0}, jit_compile=False)
        losses.append(net.test_on_batch(given, real, return_dict=True)["loss"])
    kernel = net.get_layer("encoder").layers[-1].kernel.numpy()
    assert losses[1] - losses[0] == pytest.approx(0.1 * float((kernel**2).sum()), rel=1e-3)


def test_a_terms_weight_follows_the_phases_of_the_training():
    net, given, real = tiny(), faces(), faces()
    phases = {"l1": ((0.2, 0.0), (0.6, 3.0))}
    net.compile("sgd", {"l1": 2.0}, phases, jit_compile=False)
    for share, factor in ((0.0, 1.0), (0.3, 0.0), (0.6, 3.0), (1.0, 3.0)):
        net.at(share, 1.0)
        shown = net.test_on_batch(given, real, return_dict=True)
        assert shown["loss"] == pytest.approx(2 * factor * shown["l1"], abs=1e-6)

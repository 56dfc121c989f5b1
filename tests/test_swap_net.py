import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap.data.dataset import SIDES
from faceswap.networks import described, swap_net
from faceswap.networks.layers import both_sides
from faceswap.networks.swap_net import SwapNet, seen

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
        assert (shown["l1"] > 0) is (factor > 0)


def test_what_no_phase_changes_is_shown_apart():
    net, given, real = tiny(), faces(), faces()
    phases = {"mse": ((0.0, 0.0), (0.2, 5.0))}
    net.compile("sgd", {"l1": 2.0, "mse": 3.0}, phases, jit_compile=False)
    for share, factor in ((0.0, 0.0), (0.5, 5.0)):
        net.at(share, 1.0)
        shown = net.test_on_batch(given, real, return_dict=True)
        assert shown["lasting"] == pytest.approx(2 * shown["l1"], rel=1e-5)
        whole = 2 * shown["l1"] + 3 * factor * shown["mse"]
        assert shown["loss"] == pytest.approx(whole, rel=1e-5)


def test_a_term_that_is_off_is_not_computed(monkeypatch):
    done = []

    def watched(view):
        value = tf.reduce_mean((view.real - view.drawn) ** 2)
        counted = tf.numpy_function(lambda v: done.append(1) or v, [value], tf.float32)
        return value + 0 * tf.ensure_shape(counted, ())

    monkeypatch.setitem(swap_net.TERMS, "mse", watched)
    net, given, real = tiny(), faces(), faces()
    phases = {"mse": ((0.0, 0.0), (0.2, 1.0), (0.6, 0.0))}
    net.compile("sgd", {"l1": 1.0, "mse": 1.0}, phases, jit_compile=False)
    counts, losses = [], []
    for share in (0.0, 0.2, 0.4, 0.6):
        net.at(share, 1.0)
        shown = net.train_on_batch(given, real, return_dict=True)
        counts.append(len(done))
        losses.append(shown["loss"] - shown["l1"] - shown["mse"])
    # One for each side in each step in which it is on.
    assert counts == [0, 2, 4, 4]
    assert losses == pytest.approx([0] * 4, abs=1e-6) and shown["mse"] == 0


def test_a_phase_may_say_what_is_asked_for():
    net, given = tiny(), faces()
    alpha = np.full((4, 8, 8, 1), 0.3, np.float32)
    drawn = {side: np.concatenate([given[side], alpha], -1) for side in SIDES}
    phases = {"mask_least": ((0.0, 0.0), (0.3, 0.5), (0.5, 0.2))}
    net.compile("sgd", {"mask_least": 0.1}, phases, jit_compile=False)
    for share, least in ((0.0, 0.0), (0.3, 0.5), (0.5, 0.2)):
        net.at(share, 1.0)
        loss = net.compute_loss(given, given, drawn)
        assert float(loss) == pytest.approx(0.1 * 2 * max(least - 0.3, 0), abs=1e-6)


def test_the_eyes_of_each_side_are_looked_at():
    net, given, real = tiny(), faces(), faces()
    eyes = np.zeros((8, 8, 8), np.float32)
    eyes[:4, 2:4, 1:6], eyes[4:, 5:, 5:] = 1, 1
    net.compile("sgd", {"l1_eyes": 60.0}, jit_compile=False)
    apart = [np.abs(np.asarray(net(given)[s]) - real[s]).mean(-1) for s in SIDES]
    expected = sum((apart[n] * eyes[4 * n : 4 * n + 4]).mean() for n in range(2))
    shown = net.test_on_batch(given, real | {"eyes": eyes}, return_dict=True)
    assert shown["loss"] == pytest.approx(60 * expected, rel=1e-5)


def test_outside_of_the_face_nothing_counts_where_the_face_alone_is_learnt():
    net, given, real = tiny(), faces(), faces()
    mask = np.zeros((4, 8, 8, 1), np.float32)
    mask[:, :3, 2:5] = 1
    masked = {side: np.concatenate([real[side], mask], -1) for side in SIDES}
    for side in SIDES:
        real[side][:, 7] = 0
    other = {side: np.concatenate([real[side], mask], -1) for side in SIDES}
    losses = []
    for whole in (masked, other):
        net.compile("sgd", {"l1": 1.0}, masked=True, jit_compile=False)
        losses.append(net.test_on_batch(given, whole, return_dict=True)["loss"])
    assert losses[0] == losses[1] > 0
    view = seen(given["source"], masked["source"], given["source"], masked=True)
    assert float(view.drawn[0, 7].numpy().max()) == 0 < float(view.drawn[0, 1].numpy().max())


def pooled(faces):
    """Maps of two sizes and descriptors, as of a network for faces."""
    return [faces, tf.nn.avg_pool2d(faces, 2, 2, "VALID"), tf.reduce_mean(faces, (1, 2))]


def test_gradients_of_parts_make_the_step_of_the_whole_batch(monkeypatch):
    monkeypatch.setattr(described, "features", pooled)
    monkeypatch.setattr(described, "resnet", lambda: None)
    weights, terms = [], {"l1": 1.0, "perceptual": 0.1}
    for accumulate in (1, 3):
        net, random = tiny(), np.random.default_rng(1)
        optimizer = keras.optimizers.SGD(1.0)
        net.compile(optimizer, terms, accumulate=accumulate, jit_compile=False)
        for _ in range(2):
            # From dark pictures to light ones.
            light = np.linspace(0.1, 1, 6, dtype=np.float32)[:, None, None, None]
            given, real = (
                {side: light * random.random((6, 8, 8, 3)).astype(np.float32) for side in SIDES}
                for _ in range(2)
            )
            shown = net.train_on_batch(given, real, return_dict=True)
        assert int(optimizer.iterations) == 2
        weights.append((net.get_weights(), shown))
    for one, two in zip(weights[0][0], weights[1][0], strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)
    assert weights[0][1] == pytest.approx(weights[1][1], rel=1e-4)


def test_the_swap_is_learnt_by_the_decoder_of_the_source_alone():
    net, given, real = tiny(), faces(), faces()
    masks = np.zeros((4, 8, 8, 1), np.float32)
    whole = {side: np.concatenate([real[side], masks], -1) for side in SIDES}
    encoder, decoder = (net.get_layer(name) for name in ("encoder", "decoder_source"))

    def swapped(pictures):
        return decoder(keras.ops.stop_gradient(encoder(pictures)))

    before = {layer.name: layer.get_weights() for layer in net.layers}
    net.compile(keras.optimizers.SGD(1.0), {"background": 1.0}, swapped=swapped, jit_compile=False)
    with pytest.warns(UserWarning, match="Gradients do not exist"):
        net.train_on_batch(given, whole)
    changed = {
        layer.name
        for layer in net.layers
        if any((a != b).any() for a, b in zip(before[layer.name], layer.get_weights(), strict=True))
    }
    assert changed == {"decoder_source"}

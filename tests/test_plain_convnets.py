import keras
import numpy as np

from faceswap.networks.plain_convnets import critic, generator


def norms(net, kind):
    return [n for n, layer in enumerate(net.layers) if isinstance(layer, kind)]


def test_pictures_are_of_the_size_and_within_their_range():
    net = generator(16, 5, 4, classes=2)
    z = 50 * np.random.default_rng(0).standard_normal((3, 5)).astype(np.float32)
    pictures = np.asarray(net([z, np.eye(2, dtype=np.float32)[[0, 1, 0]]], training=True))
    assert pictures.shape == (3, 16, 16, 3)
    assert np.abs(pictures).max() <= 1
    assert np.asarray(critic(16, 4, "batch")(pictures)).shape == (3, 1)


def test_the_first_layer_of_the_critic_and_the_last_of_the_generator_are_not_normalised():
    kind = keras.layers.BatchNormalization
    judge, maker = critic(16, 4, "batch"), generator(16, 5, 4)
    first = next(n for n, layer in enumerate(judge.layers) if layer.name.startswith("leaky"))
    assert norms(judge, kind) and min(norms(judge, kind)) > first
    assert isinstance(maker.layers[-1], keras.layers.Activation)
    assert max(norms(maker, kind)) < len(maker.layers) - 4
    assert not norms(critic(16, 4, "none"), kind)


def test_a_label_changes_the_picture_and_the_score():
    maker, judge = generator(16, 5, 4, classes=2), critic(16, 4, "layer", classes=2)
    z = np.random.default_rng(0).standard_normal((1, 5)).astype(np.float32)
    labels = np.eye(2, dtype=np.float32)
    drawn = [np.asarray(maker([z, labels[n : n + 1]])) for n in range(2)]
    assert np.abs(drawn[0] - drawn[1]).max() > 1e-4
    scores = [float(judge([drawn[0], labels[n : n + 1]])[0, 0]) for n in range(2)]
    assert scores[0] != scores[1]

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.stylegan import Stylegan

MODEL = Stylegan(latent=16, width=8)


@pytest.fixture(scope="module")
def net():
    """Full grown, with noise that is used, and maps that are each their own."""
    keras.utils.set_random_seed(0)
    net = MODEL.build()
    net.grown.assign(3.0)
    for layer in net.average.get_layer("synthesis").layers:
        if layer.name.startswith("add_noise"):
            layer.strength.assign(np.full(layer.strength.shape, 0.1))
        if layer.name.startswith("learned_constant"):
            layer.map.assign(np.random.default_rng(0).standard_normal(layer.map.shape))
    return net


def test_mixing_takes_the_coarse_from_one_and_the_fine_from_the_other(net):
    one, other = MODEL.latents(net, 2, 0)[:, None]
    levels = one.shape[1]
    assert levels == 4
    pictures = net.average.get_layer("synthesis")
    noises = [np.zeros((1, *i.shape[1:]), np.float32) for i in pictures.inputs[1:]]
    before = [np.asarray(p) for p in pictures([one, *noises])]
    for cut in range(1, levels):
        mixed = np.concatenate([one[:, :cut], other[:, cut:]], 1)
        after = [np.asarray(p) for p in pictures([mixed, *noises])]
        # Below the cut nothing changes at all, from there on everything does.
        same = [np.array_equal(a, b) for a, b in zip(before, after, strict=True)]
        assert same == [level < cut for level in range(levels)]


def test_other_noise_changes_less_than_another_style(net):
    first, again, noisy = (MODEL.sample(net, 2, 0, noise=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    between = np.abs(first[0] - first[1]).mean()
    assert 0 < np.abs(first - noisy).mean() < between
    np.testing.assert_allclose(MODEL.sample(net, 1, 0, noise=1), noisy[:1], atol=1e-6)


def test_a_gradient_leads_from_the_face_to_the_styles(net):
    styles = tf.Variable(MODEL.latents(net, 2, 0))

    @tf.function
    def slope():
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(MODEL.decode(net, styles))
        return tape.gradient(total, styles)

    assert np.abs(slope()).max(-1).min() > 0


def test_psi_leads_to_the_mean_style(net):
    faces = {psi: MODEL.sample(net, 3, 0, psi=psi) for psi in (0.0, 0.5, 1.0)}
    spreads = [faces[psi].std(0).mean() for psi in (0.0, 0.5, 1.0)]
    assert spreads[0] < spreads[1] < spreads[2]
    mean = MODEL.shrunk(net, MODEL.latents(net, 3, 0), 0.0)
    np.testing.assert_allclose(mean, mean[:1].repeat(3, 0), atol=1e-6)

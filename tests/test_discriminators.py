import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap.networks.discriminators import patch, receptive_field, strides, unet

RANDOM = np.random.default_rng(0)


def support(net, size, channels, place, output):
    """How many rows of pixels the answer at a place depends on."""
    x = tf.constant(RANDOM.random((1, size, size, channels)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        answer = output(net(x))[0, place, place, 0]
    rows = np.abs(tape.gradient(answer, x)[0]).max(axis=(1, 2)) > 0
    return np.ptp(np.flatnonzero(rows)) + 1


def test_a_patch_is_as_large_as_the_convolutions_say():
    bare = patch(128, attention=False, norm=False)
    layers = [
        (layer.kernel_size[0], layer.strides[0])
        for layer in bare.layers
        if isinstance(layer, keras.layers.Conv2D)
    ]
    assert layers == [(4, 2)] * 4 + [(4, 1)]
    assert receptive_field(layers) == 94
    assert support(bare, 128, 6, 4, lambda scores: scores) == 94


def test_middle_grey_is_nothing_to_a_patch():
    score = np.asarray(patch(64)(np.full((1, 64, 64, 6), 0.5, np.float32)))
    np.testing.assert_array_equal(score, np.zeros((1, 8, 8, 1)))


def test_attention_lets_a_patch_see_the_whole_picture():
    net = patch(64)
    assert net.output_shape == (None, 8, 8, 1)
    assert round(net.count_params() / 1e6, 2) == 0.75
    bare = patch(64, attention=False, norm=False)
    assert support(bare, 64, 6, 4, lambda scores: scores) == 46
    attentive = patch(64, norm=False)
    for layer in attentive.layers:
        if hasattr(layer, "gamma"):
            layer.gamma.assign(1.0)
    assert support(attentive, 64, 6, 4, lambda scores: scores) == 64


@pytest.mark.parametrize("size", [64, 96, 128, 192, 256])
def test_the_unets_patch_is_nearest_an_eighth_of_the_side(size):
    found = receptive_field((3, stride) for stride in strides(size // 8))
    assert abs(found - size / 8) <= 1
    assert strides(size // 8)[0] == 2


def test_the_unets_centre_sees_its_patch_and_no_more():
    net = unet(64)
    chosen = strides(8)
    side = 64 // np.prod(chosen)
    assert [shape[1:] for shape in net.output_shape] == [(side, side, 1), (64, 64, 1)]
    field = receptive_field((3, stride) for stride in chosen)
    assert support(net, 64, 3, side // 2, lambda heads: heads[0]) == field


def test_of_strides_that_see_as_much_the_fewest_are_taken():
    assert strides(3) == (2,)
    assert strides(7) == (2, 2)
    assert strides(15) == (2, 2, 2)


@pytest.mark.parametrize("build", [patch, unet])
def test_they_learn_to_tell_two_kinds_of_pictures_apart(build):
    net = build(64)
    shape = (4, *net.input_shape[1:])
    smooth = np.broadcast_to(RANDOM.random((4, 1, 1, shape[-1])), shape)
    rough = smooth + RANDOM.normal(0, 0.1, shape)
    both = tf.constant(np.concatenate([rough, smooth]), tf.float32)
    truth = tf.constant([1.0] * 4 + [0.0] * 4)[:, None, None, None]
    optimizer = keras.optimizers.Adam(1e-3)

    def wrong():
        answers = net(both)
        heads = answers if isinstance(answers, list) else [answers]
        return tf.add_n([tf.reduce_mean((head - truth) ** 2) for head in heads])

    before = float(wrong())
    for _ in range(6):
        with tf.GradientTape() as tape:
            loss = wrong()
        weights = [w.value for w in net.trainable_variables]
        optimizer.apply(tape.gradient(loss, weights), net.trainable_variables)
    assert float(wrong()) < 0.8 * before

import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap.networks.layers import (
    FlatDense,
    Halve,
    Join,
    PatchConv2D,
    PixelShuffle,
    PixelUnshuffle,
    add_bias,
    both_sides,
)

RANDOM = np.random.default_rng(0)


def normal(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape).astype(np.float32)


def gradients(layer, x, upstream):
    with tf.GradientTape() as tape:
        x = tf.constant(x)
        tape.watch(x)
        y = layer(x)
        loss = tf.reduce_sum(tf.cast(y, tf.float32) * upstream)
    found = tape.gradient(loss, [x, *(v.value for v in layer.trainable_variables)])
    return [np.asarray(tf.cast(v, tf.float32)) for v in (y, *found)]


def relative(found, expected):
    return np.abs(found - expected).max() / np.abs(expected).max()


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("side", [(4, 4), (7, 5), (16, 16), (20, 20)])
def test_patch_convolution_is_the_convolution(side, kernel, stride):
    x = normal(2, *side, 8)
    plain = keras.layers.Conv2D(16, kernel, stride, padding="same")
    patch = PatchConv2D(16, kernel, stride, padding="same")
    plain.build(x.shape)
    patch.build(x.shape)
    patch.set_weights([plain.get_weights()[0], normal(16)])
    plain.set_weights(patch.get_weights())
    upstream = normal(*plain.compute_output_shape(x.shape))
    for found, expected in zip(
        gradients(patch, x, upstream), gradients(plain, x, upstream), strict=True
    ):
        assert relative(found, expected) < 1e-5


def test_patch_convolution_in_bfloat16_is_near_float32():
    x, upstream = normal(8, 8, 8, 64), normal(8, 8, 8, 32)
    exact = PatchConv2D(32, 3, padding="same")
    coarse = PatchConv2D(32, 3, padding="same", dtype="mixed_bfloat16")
    exact.build(x.shape)
    coarse.build(x.shape)
    coarse.set_weights(exact.get_weights())
    for found, expected in zip(
        gradients(coarse, x, upstream), gradients(exact, x, upstream), strict=True
    ):
        assert relative(found, expected) < 0.03


def test_bias_learns_in_bfloat16():
    upstream = tf.cast(tf.constant(normal(32, 16, 16, 4) + 0.1), tf.bfloat16)
    expected = tf.reduce_sum(tf.cast(upstream, tf.float32), (0, 1, 2))
    bias = tf.Variable(tf.zeros(4, tf.bfloat16))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(
            add_bias(tf.zeros_like(upstream), tf.convert_to_tensor(bias)) * upstream
        )
    found = tf.cast(tape.gradient(loss, bias), tf.float32)
    assert relative(found.numpy(), expected.numpy()) < 0.01


def test_flat_dense_is_dense():
    x = normal(3, 7)
    flat, plain = FlatDense(5), keras.layers.Dense(5)
    flat.build(x.shape)
    plain.build(x.shape)
    plain.set_weights(flat.get_weights())
    np.testing.assert_allclose(flat(x), plain(x), atol=1e-6)


def test_shuffle_undoes_unshuffle():
    x = normal(2, 8, 8, 3)
    assert PixelUnshuffle(4)(x).shape == (2, 2, 2, 48)
    np.testing.assert_array_equal(PixelShuffle(4)(PixelUnshuffle(4)(x)), x)


def test_halve_undoes_join():
    first, second = normal(2, 3), normal(2, 3)
    for found, expected in zip(Halve()(Join()([first, second])), (first, second), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_both_sides_share_the_encoder_and_not_the_decoders():
    encoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)], name="encoder")
    decoders = [
        keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name=f"decoder_{side}")
        for side in ("source", "target")
    ]
    net = both_sides(encoder, *decoders)
    given = {"source": normal(4, 2), "target": normal(4, 2)}
    drawn = net(given)
    for side, decoder in zip(given, decoders, strict=True):
        np.testing.assert_allclose(drawn[side], decoder(encoder(given[side])), atol=1e-6)
    assert net.count_params() == 9 + 8 + 8

import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap.networks.spectral import SpectralConv2D, SpectralDense

RANDOM = np.random.default_rng(0)


def normal(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape).astype(np.float32)


def norm(kernel):
    matrix = np.asarray(kernel).reshape(-1, kernel.shape[-1])
    return np.linalg.svd(matrix, compute_uv=False)[0]


CASES = [(SpectralConv2D(8, 3), normal(2, 6, 6, 4)), (SpectralDense(5), normal(2, 7))]


@pytest.mark.parametrize(("layer", "x"), CASES, ids=["convolution", "dense"])
def test_the_norm_is_one_and_the_kernel_stays_its_own(layer, x):
    layer.build(x.shape)
    given = normal(*layer.kernel.shape)
    layer.kernel.assign(given)
    for _ in range(100):
        layer(x, training=True)
    assert norm(given) > 2
    assert norm(layer.normal_kernel(False)) == pytest.approx(1, abs=1e-3)
    np.testing.assert_array_equal(layer.kernel, given)
    direction = np.asarray(layer.direction)
    layer(x)
    np.testing.assert_array_equal(layer.direction, direction)


@pytest.mark.parametrize(
    ("layer", "plain", "x"),
    [
        (SpectralConv2D(8, 3, 2), keras.layers.Conv2D(8, 3, 2), normal(2, 7, 7, 4)),
        (SpectralDense(5, activation="tanh"), keras.layers.Dense(5, "tanh"), normal(2, 7)),
    ],
    ids=["convolution", "dense"],
)
def test_it_is_the_plain_layer_with_that_kernel(layer, plain, x):
    layer.build(x.shape)
    plain.build(x.shape)
    bias = normal(*layer.bias.shape)
    layer.bias.assign(bias)
    plain.set_weights([layer.normal_kernel(False), bias])
    np.testing.assert_allclose(layer(x), plain(x), atol=1e-5)


def test_the_gradient_sees_the_division():
    layer = SpectralDense(1, use_bias=False)
    layer.build((1, 3))
    layer.kernel.assign([[3.0], [0.0], [0.0]])
    layer.direction.assign([1.0])
    with tf.GradientTape() as tape:
        out = tf.reduce_sum(layer(np.array([[2.0, 1.0, 0.0]], np.float32)))
    # Along the kernel nothing changes; across it, a third as much as without the division.
    found = tape.gradient(out, layer.kernel.value)
    np.testing.assert_allclose(found[:, 0], [0, 1 / 3, 0], atol=1e-6)

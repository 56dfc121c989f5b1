import numpy as np
import pytest
import tensorflow as tf

from faceswap.networks.shifted_products import shifted_products, taps

RANDOM = np.random.default_rng(0)


def normal(*shape: int) -> np.ndarray:
    return RANDOM.standard_normal(shape).astype(np.float32)


def relative(found, expected):
    return np.abs(found - expected).max() / np.abs(expected).max()


@pytest.mark.parametrize(
    ("side", "kernel", "stride"), [(4, 3, 1), (8, 5, 2), (16, 5, 2), (2, 5, 1)]
)
def test_shifted_products_are_the_convolution(side, kernel, stride):
    x, weights = normal(2, side, side, 8), normal(kernel, kernel, 8, 16)
    expected = tf.nn.conv2d(x, weights, stride, "SAME")
    found = shifted_products(tf.constant(x), tf.constant(weights), stride)
    assert relative(found.numpy(), expected.numpy()) < 1e-5


def test_taps_outside_of_the_map_are_left_out():
    assert len(taps(4, 4, 3, 1)) == 9
    assert len(taps(1, 4, 3, 1)) == 3

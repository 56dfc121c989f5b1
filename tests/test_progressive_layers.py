import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap.networks.progressive_layers import (
    EqualizedConv2D,
    EqualizedDense,
    Fade,
    MinibatchDeviation,
    PixelNorm,
)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_pixels_have_a_mean_square_of_one():
    normed = np.asarray(PixelNorm()(10 * normal(2, 4, 4, 8)))
    np.testing.assert_allclose((normed**2).mean(-1), 1, atol=1e-4)


@pytest.mark.parametrize("kind", ["dense", "convolution"])
def test_equalised_weights_have_hes_scale_when_used_and_one_when_learnt(kind):
    keras.utils.set_random_seed(0)
    layer = EqualizedDense(256) if kind == "dense" else EqualizedConv2D(64, 3)
    layer.build((None, 256) if kind == "dense" else (None, 8, 8, 64))
    inputs = math.prod(layer.kernel.shape[:-1])
    assert np.std(layer.kernel) == pytest.approx(1, rel=0.02)
    assert np.std(layer.scaled()) == pytest.approx(math.sqrt(2 / inputs), rel=0.02)


def test_ten_equalised_layers_keep_the_deviation():
    keras.utils.set_random_seed(0)
    flow = tf.constant(normal(64, 256))
    for _ in range(10):
        flow = tf.nn.relu(EqualizedDense(256)(flow))
    # Behind a ReLU half of what was squared is left: as mean square, that of the input.
    assert float(tf.reduce_mean(flow**2)) == pytest.approx(1, rel=0.4)


def test_a_slower_layer_gives_the_same_at_first():
    out = []
    for pace in (1.0, 0.01):
        keras.utils.set_random_seed(0)
        layer = EqualizedDense(4, pace=pace)
        out.append(np.asarray(layer(normal(2, 8))))
        assert np.std(layer.kernel) == pytest.approx(1 / pace, rel=0.4)
    np.testing.assert_allclose(*out, rtol=1e-4)


@pytest.mark.parametrize("count", [8, 6])
def test_clones_have_a_deviation_of_almost_nothing(count):
    same = np.repeat(normal(1, 4, 4, 3), count, 0)
    out = np.asarray(MinibatchDeviation()(same))
    assert out.shape == (count, 4, 4, 4)
    np.testing.assert_array_equal(out[..., :3], same)
    np.testing.assert_allclose(out[..., 3], 1e-4, rtol=1e-2)
    deviations = [
        np.asarray(MinibatchDeviation()(same + far * normal(*same.shape, seed=1)))[0, 0, 0, 3]
        for far in (0.1, 1.0)
    ]
    assert 1e-4 < deviations[0] < deviations[1]


def test_the_deviation_is_the_mean_of_a_groups():
    given = normal(8, 2, 2, 3)
    out = np.asarray(MinibatchDeviation()(given))
    for first in (0, 1):
        expected = given[first::2].std(0).mean()
        np.testing.assert_allclose(out[first::2, ..., 3], expected, rtol=1e-4)


def test_a_fade_begins_and_ends_exactly():
    old, new = normal(2, 4, 4, 3), normal(2, 4, 4, 3, seed=1)
    for share, expected in ((0.0, old), (1.0, new), (0.5, (old + new) / 2)):
        faded = Fade()([old, new, np.full((2, 1), share, np.float32)])
        np.testing.assert_allclose(faded, expected, atol=0 if share != 0.5 else 1e-6)

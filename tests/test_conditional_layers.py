import keras
import numpy as np

from faceswap.networks.conditional_layers import ConditionalBatchNorm, Projection

LABELS = np.eye(2, dtype=np.float32)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_conditional_batch_norm_uses_the_batchs_statistics_in_training():
    given, labels = 5 + 3 * normal(4, 6, 6, 3), LABELS[[0, 1, 1, 0]]
    layer = ConditionalBatchNorm()
    layer.build([given.shape, labels.shape])
    table = normal(2, 6, seed=1)
    layer.table.assign(table)
    scale, move = np.split(labels @ table, 2, -1)
    plain = (given - given.mean((0, 1, 2))) / np.sqrt(given.var((0, 1, 2)) + 1e-3)
    expected = plain * (1 + scale[:, None, None]) + move[:, None, None]
    np.testing.assert_allclose(layer([given, labels], training=True), expected, atol=1e-4)
    # The running means have begun to move, and are what counts otherwise.
    assert np.abs(np.asarray(layer.norm.moving_mean)).min() > 0.1
    assert np.abs(np.asarray(layer([given, labels])) - expected).max() > 0.1


def test_each_class_has_its_own_scale_and_offset():
    given = normal(1, 6, 6, 3).repeat(2, 0)
    layer = ConditionalBatchNorm()
    layer.build([given.shape, LABELS.shape])
    layer.table.assign(normal(2, 6, seed=1))
    drawn = np.asarray(layer([given, LABELS], training=True))
    assert np.abs(drawn[0] - drawn[1]).max() > 0.1


def test_projection_is_the_score_and_the_product_with_the_label():
    keras.utils.set_random_seed(0)
    given = normal(2, 4, 4, 3)
    layer = Projection()
    scores = np.asarray(layer([given, LABELS]))
    features = given.sum((1, 2))
    meaning = np.asarray(layer.meaning.normal_kernel(False))
    expected = np.asarray(layer.score(features)) + (meaning * features).sum(-1, keepdims=True)
    np.testing.assert_allclose(scores, expected, atol=1e-4)

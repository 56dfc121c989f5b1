import numpy as np
import tensorflow as tf

from faceswap.networks.style_layers import AdaIn, AddNoise, LearnedConstant, MixStyles


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_a_style_sets_mean_and_deviation_of_each_channel():
    given, style = 5 + 3 * normal(2, 8, 8, 4), normal(2, 6, seed=1)
    layer = AdaIn()
    plain = np.asarray(layer([given, np.zeros_like(style)]))
    np.testing.assert_allclose(plain.mean((1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(plain.std((1, 2)), 1, atol=1e-4)
    styled = np.asarray(layer([given, style]))
    scale, move = np.split(np.asarray(layer.styled(style)), 2, -1)
    np.testing.assert_allclose(styled.mean((1, 2)), move, atol=1e-5)
    np.testing.assert_allclose(styled.std((1, 2)), np.abs(1 + scale), atol=1e-4)


def test_what_came_in_is_not_seen_in_light_or_contrast():
    given, style = normal(1, 8, 8, 4), normal(1, 6, seed=1)
    layer = AdaIn()
    np.testing.assert_allclose(layer([7 * given - 3, style]), layer([given, style]), atol=1e-4)


def test_noise_is_nothing_until_it_is_learnt():
    given, noise = normal(2, 4, 4, 3), normal(2, 4, 4, 1, seed=1)
    layer = AddNoise()
    np.testing.assert_array_equal(layer([given, noise]), given)
    layer.strength.assign([0.0, 1.0, 2.0])
    np.testing.assert_allclose(layer([given, noise]), given + noise * [0, 1, 2], atol=1e-6)


def test_styles_are_mixed_from_a_level_on():
    first, second = np.zeros((4, 2), np.float32), np.ones((4, 2), np.float32)
    chance = np.array([[0.0], [0.31], [0.89], [0.95]], np.float32)
    layer, used = MixStyles(4, 0.9), np.ones((4, 1), np.float32)
    mixed = np.asarray(layer([first, second, chance, 4 * used]))[:, :, 0]
    np.testing.assert_array_equal(mixed, [[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]])
    # Of two levels in use, the larger is of the other style wherever there are two.
    mixed = np.asarray(layer([first, second, chance, 2 * used]))[:, :, 0]
    np.testing.assert_array_equal(mixed[:, :2], [[0, 1], [0, 1], [0, 1], [0, 0]])


def test_the_constant_is_one_map_for_all():
    layer = LearnedConstant(4, 3)
    out = np.asarray(layer(tf.zeros((2, 5))))
    np.testing.assert_array_equal(out, np.ones((2, 4, 4, 3)))

import numpy as np
import pytest
import tensorflow as tf

from faceswap.generation.adversarial_losses import GAMES

SCORES = np.array([-2.0, -0.5, 0.0, 0.5, 2.0], np.float32)
SURE = 1 / (1 + np.exp(-SCORES))
#: What the critic loses on real and on made pictures, and the generator on made ones.
BY_HAND = {
    "non_saturating": (-np.log(SURE), -np.log(1 - SURE), -np.log(SURE)),
    "wasserstein": (-SCORES, SCORES, -SCORES),
    "least_squares": ((SCORES - 1) ** 2, SCORES**2, (SCORES - 1) ** 2),
    "hinge": (np.maximum(0, 1 - SCORES), np.maximum(0, 1 + SCORES), -SCORES),
}


@pytest.mark.parametrize("name", GAMES)
def test_the_losses_are_those_of_the_table(name):
    for loss, expected in zip(GAMES[name], BY_HAND[name], strict=True):
        np.testing.assert_allclose(loss(tf.constant(SCORES)), expected, atol=1e-6)


def test_a_generator_that_is_seen_through_still_has_a_gradient():
    scores = tf.constant([-200.0, -20.0])
    with tf.GradientTape() as tape:
        tape.watch(scores)
        lost = tf.reduce_sum(GAMES["non_saturating"].generator(scores))
    np.testing.assert_allclose(tape.gradient(lost, scores), [-1, -1], atol=1e-6)

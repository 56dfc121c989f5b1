"""TensorFlow as it is started."""

from __future__ import annotations

import numpy as np

from faceswap import backend


def test_a_compiled_leaky_relu_has_the_slope_asked_for() -> None:
    """As the end of a residual block: a convolution, a bias, a sum."""
    backend.start()
    import tensorflow as tf

    rng = np.random.default_rng(0)
    kernel, bias, given = (
        tf.constant(rng.normal(size=shape), tf.float32)
        for shape in ((3, 3, 8, 8), (8,), (2, 8, 8, 8))
    )

    def block(flow: object) -> object:
        added = tf.nn.bias_add(tf.nn.conv2d(flow, kernel, 1, "SAME"), bias)
        return tf.nn.leaky_relu(added + flow, 0.1)

    compiled = tf.function(block)
    np.testing.assert_allclose(compiled(given), block(given), atol=1e-4)

"""The swap as a step of training draws it, beside the swap that is shown."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap import plugins
from faceswap.model import Swaps

#: The smallest of each model that swaps; noise and dropout only where training draws with them.
SMALL = {
    "original": {"latent": 8},
    "faceswap_gan": {"width": 8},
    "df": {"size": 64, "latent": 8, "encoder_width": 8, "decoder_width": 8, "mask_width": 2},
    "liae": {"size": 64, "latent": 8, "encoder_width": 8, "decoder_width": 8, "mask_width": 2},
    "lite": {"size": 64, "latent": 1, "width": 8},
    "residual": {"size": 64, "latent": 1, "width": 8},
}


@pytest.mark.parametrize("name", SMALL)
def test_a_step_draws_the_swap_and_no_gradient_goes_through_the_code(name: str) -> None:
    keras.utils.set_random_seed(0)
    model = plugins.load("models", name)(**SMALL[name])
    assert isinstance(model, Swaps)
    net = model.build()
    faces = np.random.default_rng(0).random((2, 64, 64, 3)).astype(np.float32)
    with tf.GradientTape() as tape:
        drawn = model.redrawn(net, tf.constant(faces))
        loss = tf.reduce_sum(drawn[..., :3])
    assert drawn.shape[:3] == (2, 64, 64) and drawn.shape[3] in (3, 4)
    if name not in ("lite", "residual"):
        shown = model.swap(net, faces).faces
        np.testing.assert_allclose(np.clip(drawn[..., :3], 0, 1), shown, atol=1e-4)
    encoder = net.get_layer("encoder").trainable_variables
    learning = tape.gradient(loss, net.trainable_variables)
    learnt = {
        id(v) for v, g in zip(net.trainable_variables, learning, strict=True) if g is not None
    }
    assert learnt and not learnt & {id(v) for v in encoder}

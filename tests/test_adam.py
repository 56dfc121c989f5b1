import keras
import numpy as np

from faceswap.optimizers.adam import FusedAdam


def fitted(optimizer: keras.optimizers.Optimizer) -> keras.Model:
    keras.utils.set_random_seed(0)
    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    net.compile(optimizer, loss="mse", jit_compile=False)
    random = np.random.default_rng(0)
    net.fit(random.normal(size=(40, 4)), random.normal(size=(40, 2)), batch_size=4, verbose=0)
    return net


def test_steps_are_those_of_adam():
    fused, plain = (
        fitted(kind(1e-2, beta_1=0.5, beta_2=0.99)) for kind in (FusedAdam, keras.optimizers.Adam)
    )
    for found, expected in zip(fused.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(found, expected, atol=2e-6)
    for found, expected in zip(fused.optimizer.variables, plain.optimizer.variables, strict=True):
        np.testing.assert_allclose(found, expected, atol=2e-6)

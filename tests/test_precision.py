import keras
import pytest

from faceswap.networks.precision import best, using


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_networks_built_inside_compute_with_it(precision):
    before = keras.config.dtype_policy().name
    with using(precision) as chosen:
        layer = keras.layers.Dense(2)
    assert chosen == layer.compute_dtype == precision
    assert layer.variable_dtype == "float32"
    assert keras.config.dtype_policy().name == before


def test_auto_takes_the_best_here():
    with using("auto") as chosen:
        assert chosen == best()

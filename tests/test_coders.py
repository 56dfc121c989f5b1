import keras
import numpy as np

from faceswap.networks.coders import decoder
from faceswap.networks.layers import PixelShuffle


def test_what_is_drawn_begins_without_the_checks_of_a_board():
    keras.utils.set_random_seed(0)
    net = decoder(32, 4, 6)
    larger = [one.output for one in net.layers if isinstance(one, PixelShuffle)]
    maps = keras.Model(net.input, larger)(np.random.default_rng(0).standard_normal((2, 6)))
    assert len(maps) == 3
    for values in map(np.asarray, maps):
        count, side, _, channels = values.shape
        squares = values.reshape(count, side // 2, 2, side // 2, 2, channels)
        np.testing.assert_allclose(np.ptp(squares, axis=(2, 4)), 0, atol=1e-6)
        assert values.std() > 0.01

import keras
import numpy as np
import pytest
import tensorflow as tf

from faceswap.networks.layers import PatchConv2D
from faceswap.networks.saehd import VARIANTS, Saehd
from models.df import Df
from models.liae import Liae

SMALL = {"size": 32, "latent": 8, "encoder_width": 4, "decoder_width": 4, "mask_width": 2}
FACES = np.random.default_rng(0).random((2, 32, 32, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("model", "millions"),
    [
        (Df(), 54.5),
        (Liae(), 82.4),
        (Df("udt", size=192), 91.7),
    ],
    ids=lambda value: f"{type(value).__name__} {value.variant}" if isinstance(value, Saehd) else "",
)
def test_the_weights_are_as_many_as_deepfacelabs(model, millions):
    assert round(model.build().count_params() / 1e6, 1) == millions


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("kind", [Df, Liae])
def test_each_variant_draws_whole_pictures_with_masks(kind, variant):
    net = kind(variant, **SMALL).build()
    drawn = net({"source": FACES, "target": FACES})
    for picture in drawn.values():
        assert picture.shape == (2, 32, 32, 4)
        assert 0 <= np.min(picture) < np.max(picture) <= 1


def test_a_variant_is_each_set_of_letters_once():
    assert len(set(VARIANTS)) == 16
    assert {"plain", "ud", "udt", "udtc"} <= set(VARIANTS)


def test_u_makes_the_encoders_code_one_scale():
    code = Liae("u", **SMALL).build().get_layer("encoder")(100 * FACES)
    np.testing.assert_allclose(np.mean(np.square(code), axis=-1), 1, atol=1e-4)


def test_a_swap_by_df_is_the_sources_decoder():
    model = Df(**SMALL)
    net = model.build()
    swapped, masks, copies = model.swap(net, FACES)
    own = net({"source": FACES, "target": FACES})
    np.testing.assert_allclose(swapped, own["source"][..., :3], atol=1e-6)
    np.testing.assert_allclose(copies, own["target"][..., :3], atol=1e-6)
    np.testing.assert_allclose(masks, own["source"][..., 3] * own["target"][..., 3], atol=1e-6)


def test_a_swap_by_liae_draws_the_target_by_the_code_of_both():
    model = Liae(**SMALL)
    net = model.build()
    given = {"source": FACES[::-1], "target": FACES}
    before, copies = net(given), model.swap(net, FACES).copies
    inter = net.get_layer("inter_B")
    inter.set_weights([2 * w for w in inter.get_weights()])
    after = net(given)
    np.testing.assert_array_equal(after["source"], before["source"])
    np.testing.assert_allclose(
        model.swap(net, FACES[::-1]).faces, before["source"][..., :3], atol=1e-6
    )
    assert np.abs(after["target"] - before["target"]).max() > 1e-4
    np.testing.assert_allclose(copies, before["target"][..., :3], atol=1e-6)


class ByHand:
    """The convolutions of a network in the order in which they were made, to be put together."""

    def __init__(self, net: keras.Model, variant: str) -> None:
        convolutions = (layer for layer in net.layers if isinstance(layer, PatchConv2D))
        self._rest = iter(sorted(convolutions, key=lambda layer: (len(layer.name), layer.name)))
        self._cosine = "c" in variant

    def conv(self, x, kernel, channels=None):
        layer = next(self._rest)
        assert tuple(layer.kernel.shape[:2]) == (kernel, kernel)
        assert channels in (None, layer.kernel.shape[-1])
        return layer(x)

    def act(self, x):
        return x * tf.cos(x) if self._cosine else tf.nn.leaky_relu(x, 0.1)

    def down(self, x, channels):
        return self.act(self.conv(x, 5, channels))

    def up(self, x, channels):
        return tf.nn.depth_to_space(self.act(self.conv(x, 3, 4 * channels)), 2)

    def residual(self, x):
        added = self.conv(tf.nn.leaky_relu(self.conv(x, 3), 0.2), 3)
        return tf.nn.leaky_relu(x + added, 0.2)

    def end(self):
        assert next(self._rest, None) is None


@pytest.mark.parametrize("variant", ["plain", "udc", "udtc"])
def test_an_encoder_is_deepfacelabs(variant):
    net = Liae(variant, **SMALL)._encoder()
    hand, flow, deep = ByHand(net, variant), FACES, "t" in variant
    for number, times in enumerate((1, 2, 4, 8, 8) if deep else (1, 2, 4, 8)):
        flow = hand.down(flow, 4 * times)
        if deep and number in (0, 4):
            flow = hand.residual(flow)
    hand.end()
    flow = tf.reshape(flow, (len(FACES), -1))
    if "u" in variant:
        flow /= tf.sqrt(tf.reduce_mean(flow**2, -1, keepdims=True) + 1e-6)
    np.testing.assert_allclose(net(FACES), flow, atol=1e-5)
    assert np.ptp(flow) > 0.01


@pytest.mark.parametrize("variant", ["plain", "udc", "udtc"])
def test_a_decoder_is_deepfacelabs(variant):
    net = Liae(variant, **SMALL)._decoder("decoder", (2, 2, 6))
    code = np.random.default_rng(1).normal(size=(2, 2, 2, 6)).astype(np.float32)
    hand, flow, mask = ByHand(net, variant), code, code
    steps = (8, 8, 4, 2) if "t" in variant else (8, 4, 2)
    for times in steps:
        flow = hand.residual(hand.up(flow, 4 * times))
    for times in (*steps, 1) if "d" in variant else steps:
        mask = hand.up(mask, 2 * times)
    if "d" in variant:
        quarters = [hand.conv(flow, kernel, 3) for kernel in (1, 3, 3, 3)]
        flow = tf.nn.depth_to_space(tf.concat(quarters, -1), 2)
    else:
        flow = hand.conv(flow, 1, 3)
    drawn = tf.sigmoid(tf.concat([flow, hand.conv(mask, 1, 1)], -1))
    hand.end()
    np.testing.assert_allclose(net(code), drawn, atol=1e-5)
    assert np.ptp(drawn) > 0.01

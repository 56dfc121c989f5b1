import numpy as np
import pytest

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

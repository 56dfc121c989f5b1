import cv2
import numpy as np
import pytest

from faceswap.data.augment import Augment
from faceswap.data.dataset import SIDES
from faceswap.model import Swapped
from faceswap.networks.layers import PixelShuffle
from faceswap.networks.normed import alike
from faceswap.networks.phases import level
from faceswap.training.augmenting import Augmenting
from models.faceswap_gan import FaceswapGan


@pytest.mark.parametrize(("size", "millions"), [(64, 71.7), (128, 81.5)])
def test_the_weights_are_as_many_as_faceswap_gans(size, millions):
    count = FaceswapGan(size).build().count_params() / 1e6
    assert count == pytest.approx(millions, abs=0.1)


def test_an_upscaled_map_begins_without_a_checkerboard():
    kernel = np.asarray(alike((3, 3, 2, 16)))
    places = np.random.default_rng(0).random((1, 3, 3, 2)).astype(np.float32)
    answer = np.einsum("nyxc,yxcf->nf", places, kernel)[:, None, None]
    square = np.asarray(PixelShuffle(2)(answer))
    np.testing.assert_allclose(square, np.broadcast_to(square[:, :1, :1], square.shape))
    assert len(np.unique(kernel)) == kernel.size // 4


def test_its_mask_is_that_of_the_decoder_that_draws_and_a_taught_one_of_both():
    drawn, copies = (np.random.default_rng(n).random((2, 4, 4, 4)) for n in range(2))
    own, both = (Swapped.of(drawn, copies, taught).masks for taught in (False, True))
    np.testing.assert_allclose(own, drawn[..., 3], rtol=1e-6)
    np.testing.assert_allclose(both, drawn[..., 3] * copies[..., 3], rtol=1e-6)
    model = FaceswapGan(width=8)
    net = model.build()
    faces = np.random.default_rng(2).random((1, 64, 64, 3)).astype(np.float32)
    source = net({"source": faces, "target": faces})["source"]
    np.testing.assert_allclose(model.swap(net, faces).masks, source[..., 3], atol=1e-4)


def test_its_mask_is_asked_to_be_small_or_to_be_large_at_any_time():
    phases = FaceswapGan.phases
    for percent in range(101):
        small, least = (level(phases[n], percent / 100) for n in ("mask_size", "mask_least"))
        assert (small > 0) != (least > 0)


def test_its_layers_are_in_the_order_of_faceswap_gans():
    net = FaceswapGan(width=8).build()
    told = {"PatchConv2D": "c", "ReLU": "r", "GroupNormalization": "n", "SelfAttention": "s"}
    told |= {"LeakyReLU": "l", "FlatDense": "d", "PixelShuffle": "p", "Add": "+"}
    order = {}
    for part in ("encoder", "decoder_source"):
        kinds = [type(layer).__name__ for layer in net.get_layer(part).layers]
        order[part] = "".join(told.get(kind, "") for kind in kinds)
    assert order["encoder"] == "c" + "cr" + 2 * "crns" + "crn" + "dd" + "clnp"
    assert order["decoder_source"].startswith(
        "clnp" + "clnps" + "clnp" + "clc+s"
    )  # One layer for both `l`.


@pytest.mark.slow
def test_its_losses_fall_on_a_real_face_and_its_mask_learns_from_the_mixture(portrait):
    model = FaceswapGan(width=8)
    net = model.build()
    model.compile(net, 1e-3)
    face = cv2.resize(portrait, (64, 64), interpolation=cv2.INTER_AREA)[None]
    faces = {side: np.float32(face / 255) for side in SIDES}
    masks = model.swap(net, faces["target"]).masks
    net.at(0.5, 1.0)
    eyes = np.zeros((2, 64, 64), np.float32)
    eyes[:, 20:28, 15:50] = 1
    shown = [net.train_on_batch(faces, faces | {"eyes": eyes}, return_dict=True) for _ in range(6)]
    assert shown[-1]["l1"] < shown[0]["l1"]
    assert {"fooled", "untold", "mask_least"} <= shown[0].keys()
    assert np.abs(model.swap(net, faces["target"]).masks - masks).max() > 1e-3


def test_colours_are_exchanged_as_the_model_says_unless_asked_otherwise():
    own = FaceswapGan.augment
    assert Augmenting().augment(own).relight.recolor == 0.5
    assert Augmenting(recolor=0.0).augment(own).relight.recolor == 0
    assert Augmenting().augment(Augment()).relight.recolor == 0
    assert Augmenting(recolor=0.2).augment(Augment()).relight.recolor == 0.2

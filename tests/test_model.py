import json
from dataclasses import asdict, replace

import msgspec
import numpy as np
import pytest

from faceswap import plugins
from faceswap.errors import BadOption, Damaged, ModelMismatch
from faceswap.model import FaceModel, Swaps, load, save
from faceswap.weights import get_weights
from models.lite import Lite
from models.original import Original

SMALL = Lite(size=64, width=8, latent=16)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    net = SMALL.build()
    save(folder, SMALL, get_weights(net))
    return folder, net


def copied(saved, tmp_path):
    for path in saved[0].iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def resealed(folder, **changes):
    """Writes another recipe, as a program would that knows of the seal."""
    recipe = msgspec.structs.replace(SMALL.recipe(), **changes).sealed()
    (folder / "model.json").write_bytes(msgspec.json.encode(recipe))


def test_a_recipe_with_a_changed_byte_is_not_believed(saved, tmp_path):
    folder = copied(saved, tmp_path)
    text = (folder / "model.json").read_text()
    (folder / "model.json").write_text(text.replace('"latent": 16', '"latent": 17'))
    with pytest.raises(Damaged, match=r"model.json has changed .*faceswap train --force"):
        load(folder)


def test_loaded_model_swaps_as_the_saved_one(saved):
    folder, net = saved
    model, loaded = load(folder, "float32")
    faces = np.random.default_rng(0).random((3, 64, 64, 3)).astype(np.float32)
    swapped, masks, _ = model.swap(loaded, faces)
    assert model == SMALL
    assert swapped.shape == faces.shape and swapped.dtype == np.float32
    assert masks.shape == (3, 64, 64)
    np.testing.assert_array_equal(swapped, SMALL.swap(net, faces)[0])


def test_recipe_is_beside_the_weights(saved):
    recipe = json.loads((saved[0] / "model.json").read_text())
    assert recipe["name"] == "lite"
    assert recipe["options"]["latent"] == 16
    assert "keras" in recipe["versions"]


@pytest.mark.parametrize("name", ["model.json", "weights.safetensors"])
def test_damaged_file_is_named(name, saved, tmp_path):
    folder = copied(saved, tmp_path)
    (folder / name).write_bytes(b"{")
    with pytest.raises(Damaged, match=name.replace(".", r"\.")):
        load(folder)


def test_recipe_of_an_unknown_model_is_refused(saved, tmp_path):
    folder = copied(saved, tmp_path)
    resealed(folder, name="../lite")
    with pytest.raises(BadOption, match=r"no `\.\./lite` among models"):
        load(folder)


def test_weights_of_another_recipe_are_refused(saved, tmp_path):
    folder = copied(saved, tmp_path)
    resealed(folder, options=asdict(replace(SMALL, latent=17)))
    with pytest.raises(ModelMismatch, match="do not fit"):
        load(folder)


@pytest.mark.parametrize("name", plugins.names("models"))
def test_every_model_is_a_recipe(name):
    kind = plugins.load("models", name)
    model = kind()
    assert issubclass(kind, FaceModel) and model.name == name
    assert model.data != "swap" or isinstance(model, Swaps)


def test_original_has_the_weights_of_the_classic():
    net = Original().build()
    counts = {layer.name: layer.count_params() for layer in net.layers if layer.count_params()}
    assert counts["encoder"] == pytest.approx(69.7e6, rel=0.001)
    assert counts["decoder_source"] == counts["decoder_target"] == pytest.approx(6.2e6, rel=0.001)

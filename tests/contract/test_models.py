import numpy as np
import pytest

from faceswap import plugins
from faceswap.data.augment import Augment
from faceswap.data.dataset import SIDES, WarpedPairs
from faceswap.data.face_batches import FaceBatches
from faceswap.data.labels import Labels
from faceswap.data.packed import PackedFaces
from faceswap.generation.generative import (
    ONE_SIDED,
    Decodes,
    Encodes,
    Fits,
    Labelled,
    Samples,
    at_best,
)
from faceswap.model import PLAIN, FaceModel, Swaps, load, save
from faceswap.options import describe
from faceswap.pictures.geometry import MEAN_FACE, crop_matrix, transform
from faceswap.weights import get_weights

MODELS = plugins.names("models")
#: Rows a side, the side of a packed crop, and the faces that a model without steps is fitted to.
BATCH, CROP, FITTED = 2, 160, 30


def smallest(kind):
    """The model with every option at the smallest value it allows."""
    values = {}
    for option in describe(kind):
        if option.kind in (int, float) and (option.choices or option.low is not None):
            values[option.name] = min(option.choices) if option.choices else option.kind(option.low)
    if kind.data == "labelled":
        values["classes"] = "one,two"
    return kind(**values)


def pictures(size, count=BATCH):
    return np.random.default_rng(0).random((count, size, size, 3)).astype(np.float32)


def batch(model, folder):
    """What `fit` is fed, by the model's kind of data: inputs, targets, weights of pixels."""
    assert model.data in {"swap", *ONE_SIDED}, f"say here what data of kind {model.data} looks like"
    places = transform(MEAN_FACE, crop_matrix(MEAN_FACE, CROP))
    np.save(folder / "faces.npy", (pictures(CROP, 4) * 255).astype(np.uint8))
    np.save(folder / "masks.npy", np.full((4, CROP, CROP), 255, np.uint8))
    np.save(folder / "landmarks.npy", np.stack([places] * 4).astype(np.float32))
    if model.data in ONE_SIDED:
        classes = np.array([0, 1, 1, 0], np.int32) if model.data == "labelled" else None
        packed = PackedFaces(folder)
        found = FaceBatches(packed, model.size, BATCH, classes=classes)(0)
        return found if isinstance(found, tuple) else (found,)
    sides = dict.fromkeys(SIDES, PackedFaces(folder))
    return WarpedPairs(sides, model.size, BATCH, Augment(), 0, PLAIN.lesson(model))(0)


@pytest.fixture(scope="module", params=MODELS)
def trained(request, tmp_path_factory):
    """Each model at its smallest, after two steps, and the folder it was saved in."""
    import keras

    keras.utils.set_random_seed(0)
    model = smallest(plugins.load("models", request.param))
    net = model.build()
    before = get_weights(net)
    folder = tmp_path_factory.mktemp(request.param)
    if isinstance(model, Fits):
        known = Labels({"crop": [str(n) for n in range(FITTED)]})
        model.fit(net, pictures(model.size, FITTED), known)
        losses = []
    else:
        model.compile(net, model.rate)
        data = batch(model, folder)
        losses = [net.train_on_batch(*data, return_dict=True)["loss"] for _ in range(2)]
    save(folder, model, get_weights(net))
    return model, net, before, losses, folder


def test_a_model_is_a_frozen_recipe_with_sensible_figures(trained):
    model = trained[0]
    assert isinstance(model, FaceModel)
    assert type(model).__dataclass_params__.frozen
    assert model.name in MODELS
    assert model.data in {"swap", "faces", "labelled", "paired", "unpaired"}
    assert 0 < model.rate < 0.1 and model.batch >= 1


def test_training_changes_weights_and_gives_a_finite_loss(trained):
    _, net, before, losses, _ = trained
    assert np.isfinite(losses).all()
    after = get_weights(net)
    assert set(after) == set(before)
    assert any((after[name] != before[name]).any() for name in after)
    assert all(np.isfinite(values).all() for values in after.values())


def test_what_is_loaded_is_what_was_saved(trained):
    model, net, _, _, folder = trained
    again, loaded = load(folder, "float32")
    assert again == model
    for name, values in get_weights(loaded).items():
        np.testing.assert_array_equal(values, get_weights(net)[name])


def test_it_swaps_what_it_is_given(trained):
    model, net, *_ = trained
    if not isinstance(model, Swaps):
        pytest.skip(f"{model.name} does not swap")
    faces = pictures(model.size, 3)
    swapped, masks, copies = model.swap(net, faces)
    assert swapped.shape == copies.shape == faces.shape
    assert masks.shape == faces.shape[:3]
    for values in (swapped, masks, copies):
        assert values.dtype == np.float32
        assert values.min() >= 0 and values.max() <= 1
    np.testing.assert_allclose(model.swap(net, faces[1:2])[0][0], swapped[1], atol=1e-4)


def test_what_swaps_tells_the_two_sides_apart(trained):
    model, net, *_ = trained
    if not isinstance(model, Swaps):
        pytest.skip(f"{model.name} does not swap")
    faces = pictures(model.size)
    swapped, _, copies = model.swap(net, faces)
    copied = net(dict.fromkeys(SIDES, faces), training=False)["target"]
    assert np.abs(swapped - copies).max() > 1e-4
    np.testing.assert_allclose(copies, np.asarray(copied)[..., :3].clip(0, 1), atol=1e-4)


def test_it_makes_up_faces_that_follow_from_the_seed(trained):
    model, net, *_ = trained
    if not isinstance(model, Samples):
        pytest.skip(f"{model.name} makes up no faces")
    faces = model.sample(net, 3, 7)
    assert faces.shape == (3, model.size, model.size, 3) and faces.dtype == np.float32
    assert faces.min() >= 0 and faces.max() <= 1
    np.testing.assert_array_equal(faces, model.sample(net, 3, 7))
    np.testing.assert_array_equal(faces, at_best(model, faces))


def test_what_decodes_draws_from_latents_as_arrays_and_as_tensors(trained):
    import tensorflow as tf

    model, net, *_ = trained
    if not isinstance(model, Decodes):
        pytest.skip(f"{model.name} has no latents")
    latents = model.latents(net, 2, 0)
    faces = np.asarray(model.decode(net, latents))
    assert faces.shape == (2, model.size, model.size, 3)
    np.testing.assert_array_equal(faces, model.decode(net, tf.constant(latents)))


def test_what_encodes_draws_from_its_latents(trained):
    model, net, *_ = trained
    if not isinstance(model, Encodes):
        pytest.skip(f"{model.name} has no latents of a face")
    latents = model.encode(net, pictures(model.size, 3))
    assert latents.shape == model.latents(net, 3, 0).shape
    drawn = np.asarray(model.decode(net, latents))
    assert drawn.shape == (3, model.size, model.size, 3)
    np.testing.assert_allclose(model.encode(net, pictures(model.size, 3)), latents, atol=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_of_one_side_has_what_training_asks_for(name):
    model = smallest(plugins.load("models", name))
    assert isinstance(model, Samples) == (model.data in ONE_SIDED)
    assert isinstance(model, Labelled) == (model.data == "labelled")
    assert isinstance(model, Swaps) == (model.data == "swap")

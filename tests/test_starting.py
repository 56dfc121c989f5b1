import re

import keras
import numpy as np
import pytest

from faceswap.errors import BadOption, MissingArtefact, ModelMismatch
from faceswap.model import load, save
from faceswap.stage import Progress
from faceswap.training.starting import begin_from, freeze, parts
from faceswap.weights import get_weights
from models.lite import Lite
from stages.train import Train
from test_train import Stopping, make_work, train, weights

SMALL = Lite(size=64, width=8, latent=16)


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """The folder of a model with weights of another seed, and its network."""
    folder = tmp_path_factory.mktemp("known") / "model"
    folder.mkdir()
    keras.utils.set_random_seed(9)
    net = SMALL.build()
    save(folder, SMALL, get_weights(net))
    return folder, net


def same(one, other):
    pairs = zip(one.variables, other.variables, strict=True)
    return all(np.array_equal(a.numpy(), b.numpy()) for a, b in pairs)


def test_the_same_recipe_begins_with_all_of_it(known):
    folder, other = known
    keras.utils.set_random_seed(1)
    net = SMALL.build()
    assert not same(net.get_layer("encoder"), other.get_layer("encoder"))
    taken = begin_from(net, folder)
    assert taken.anew == [] and {"encoder", "decoder_source"} <= set(taken.parts)
    for name, part in parts(net).items():
        assert same(part, other.get_layer(name))


def test_of_another_recipe_what_is_alike_is_taken_whole(known):
    folder, other = known
    net = Lite(size=64, width=8, latent=20).build()
    taken = begin_from(net, folder)
    assert taken.anew == ["encoder"] and str(taken).endswith("; anew: encoder")
    assert same(net.get_layer("decoder_target"), other.get_layer("decoder_target"))


def test_of_the_same_recipe_the_parts_that_are_named_are_taken(known):
    folder, other = known
    keras.utils.set_random_seed(1)
    net = SMALL.build()
    taken = begin_from(net, folder, ["encoder"])
    assert taken.parts == ["encoder"] and "decoder_source" in taken.anew
    assert same(net.get_layer("encoder"), other.get_layer("encoder"))
    assert not same(net.get_layer("decoder_source"), other.get_layer("decoder_source"))
    with pytest.raises(BadOption, match=r"take: no part `encode`: the network has .*encoder"):
        begin_from(net, folder, ["encode"])
    wider = Lite(size=64, width=8, latent=20).build()
    with pytest.raises(ModelMismatch, match="encoder is not alike"):
        begin_from(wider, folder, ["encoder", "decoder_target"])


def test_a_model_of_which_nothing_fits_is_refused(known):
    net = Lite(size=64, width=9, latent=16).build()
    with pytest.raises(ModelMismatch, match=r"no part fits: it has .*encoder"):
        begin_from(net, known[0])


def test_a_frozen_part_learns_nothing_and_what_is_no_part_is_told():
    net = SMALL.build()
    freeze(net, ["encoder"])
    assert not net.get_layer("encoder").trainable_variables
    assert net.get_layer("decoder_source").trainable_variables
    with pytest.raises(BadOption, match=r"no part `encode`: the network has .*encoder"):
        freeze(net, ["encode"])
    with pytest.raises(BadOption, match="nothing is left"):
        freeze(net, list(parts(net)))


class Heard(Stopping):
    """Listens, and may stop."""

    def __init__(self, after: int = 0) -> None:
        super().__init__(after)
        self.notes: list[str] = []

    def note(self, text: str, record: object = None) -> None:
        self.notes.append(text)


@pytest.mark.slow
def test_a_training_begins_with_another_and_leaves_its_encoder(known, tmp_path):
    work, heard = make_work(tmp_path / "job"), Heard()
    how = {"from_model": str(known[0]), "take": ("encoder",), "freeze": ("encoder",)}
    train(work, heard, iterations=2, **how)
    assert f"begins with {known[0]}: " in " ".join(heard.notes)
    _, net = load(work.path("model"), "float32")
    kinds = {v.path for v in net.get_layer("encoder").trainable_variables}
    assert kinds
    for mine, theirs in zip(
        net.get_layer("encoder").trainable_variables,
        known[1].get_layer("encoder").trainable_variables,
        strict=True,
    ):
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())
    assert not same(net.get_layer("decoder_source"), known[1].get_layer("decoder_source"))


@pytest.mark.slow
def test_what_is_cut_off_goes_on_exactly_with_parts_frozen(known, tmp_path):
    whole, cut = make_work(tmp_path / "whole"), make_work(tmp_path / "cut")
    how = {"from_model": str(known[0]), "freeze": ("encoder",), "iterations": 5}
    how |= {"warp_kind": "landmarks", "recolor": 0.5, "occluders": 0.5, "noise": 0.1}
    train(whole, **how)
    with pytest.raises(KeyboardInterrupt):
        train(cut, Stopping(2), **how)
    heard = Heard()
    assert train(cut, heard, **how)["steps"] == 5
    assert weights(cut) == weights(whole)
    assert not any(note.startswith("begins") for note in heard.notes)


@pytest.mark.slow
def test_a_training_goes_on_with_other_parts_frozen_only_anew(known, tmp_path):
    work = make_work(tmp_path / "job")
    train(work, iterations=1)
    work.path("model").rename(work.partial("model"))
    with pytest.raises(ModelMismatch, match=re.escape("--from-model")):
        train(work, iterations=2, freeze=("encoder",))
    assert train(work, iterations=1, freeze=("encoder",), restart=True)["steps"] == 1


def test_parts_are_taken_from_something():
    with pytest.raises(BadOption, match="--from-model"):
        Train(model="lite", take=("encoder",)).validate()


def test_a_place_without_a_model_is_told_before_anything_is_done(tmp_path):
    work = make_work(tmp_path / "job")
    with pytest.raises(MissingArtefact, match="holds no model"):
        train(work, Progress(), iterations=1, from_model=str(tmp_path / "nowhere"))
    assert not work.partial("model").exists()

"""Trainings of models with more than a loss, that are cut and gone on with."""

import json
import shutil

import keras
import pytest

from faceswap.networks import described
from faceswap.workspace import Workspace
from test_swap_net import pooled
from test_train import Stopping, make_work, train, weights
from told import Told


class Killed(Stopping):
    """Keeps a copy of the workspace as a kill in a step would leave it."""

    def __init__(self, work: Workspace, step: int) -> None:
        super().__init__(step)
        self.work, self.copy = work, Workspace(work.root.with_name("cut"))

    def reached(self) -> None:
        shutil.copytree(self.work.root, self.copy.root)


NARROW = ("size=64", "encoder_width=8", "decoder_width=8", "mask_width=2", "latent=8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("df", NARROW),
        ("liae", NARROW),
        # Three of its phases begin after the cut; it recolours, and looks at the eyes.
        ("faceswap_gan", ("size=64", "width=8", "lite=true")),
    ],
)
def test_a_killed_training_ends_in_the_same_weights(name, how, tmp_path, monkeypatch):
    monkeypatch.setattr(described, "features", pooled)
    monkeypatch.setattr(described, "resnet", lambda: None)
    whole = make_work(tmp_path / "whole")
    options = {"model": name, "set": how, "iterations": 5, "precision": "float32"}
    killed = Killed(whole, 3)
    keras.backend.clear_session()
    train(whole, killed, checkpoint_every=0.0, **options)
    sets = killed.copy.partial("model") / "checkpoints"
    assert sorted(place.name for place in sets.iterdir()) == ["000000001", "000000002"]
    # As a process of its own would name its layers: by the names sums are put in order.
    keras.backend.clear_session()
    train(killed.copy, **options)
    assert weights(killed.copy) == weights(whole)
    last = "checkpoints/000000005"
    for part in sorted((whole.path("model") / last).glob("*.safetensors")):
        assert part.read_bytes() == (killed.copy.path("model") / last / part.name).read_bytes()
    assert (whole.path("model") / last / "patch.safetensors").exists() is (name == "faceswap_gan")


def test_discriminators_may_be_switched_on_late(tmp_path):
    work, told = make_work(tmp_path), Told()
    train(work, iterations=2)
    work.path("model").rename(work.partial("model"))
    train(work, told, iterations=4, discriminator="patch")
    assert "going on from step 2" in told.lines
    lines = (work.path("model") / "history.jsonl").read_text().splitlines()
    losses = [line for line in map(json.loads, lines) if "loss" in line]
    assert [(line["step"], "fooled" in line) for line in losses] == [(2, False), (4, True)]
    assert (work.path("model") / "checkpoints" / "000000004" / "patch.safetensors").exists()

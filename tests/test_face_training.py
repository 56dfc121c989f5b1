import json

import numpy as np
import pytest

from faceswap.data.labels import Labels
from faceswap.data.packed import PackedFaces
from faceswap.errors import BadOption, NoFaces, Unsupported
from faceswap.generation.face_training import _feed
from faceswap.generation.generative import Samples
from faceswap.model import load
from faceswap.stage import Bar, Progress
from faceswap.workspace import Workspace
from stages.train import Train


def make_work(root, count=40):
    random = np.random.default_rng(0)
    pairs = root / "source" / "pairs"
    pairs.mkdir(parents=True)
    levels = random.integers(0, 256, (count, 4, 4, 3), dtype=np.uint8)
    np.save(pairs / "faces.npy", levels.repeat(10, axis=1).repeat(10, axis=2))
    smiles = [f"{n % 4:.1f}" for n in range(count)]
    Labels({"crop": [str(n) for n in range(count)], "smile": smiles}).save(pairs)
    (root / "manifest.json").write_text("{}")
    return Workspace(root)


def train(work, model, *settings, progress=None, **options):
    stage = Train(**{"model": model, "set": settings, "batch": 4, "minutes": 0.0} | options)
    stage.validate()
    stage.check(work)
    return stage.run(work, progress or Progress())


def test_a_model_without_steps_is_fitted_and_drawn(tmp_path):
    work = make_work(tmp_path)
    stage = Train(model="mean_face", set=("size=16",), held_out=0.0)
    assert stage.takes() == ("source/pairs",)
    assert stage.run(work) == {"faces": 40}
    assert stage.enough({}, {"faces": 40})
    model, net = load(work.path("model"))
    assert isinstance(model, Samples)
    np.testing.assert_allclose(model.sample(net, 1, 0)[0].mean(), 0.5, atol=0.05)
    assert b"Synthetic media" in (work.path("model") / "preview.png").read_bytes()


def test_faces_of_a_class_alone_are_averaged_and_too_few_are_refused(tmp_path):
    work = make_work(tmp_path)
    where = "where=smile=smiling"
    assert train(work, "mean_face", "size=16", where, held_out=0.0, minutes=1) == {"faces": 30}
    with pytest.raises(NoFaces, match="10 faces with smile=neutral: at least 30"):
        train(make_work(tmp_path / "b"), "mean_face", "where=smile=neutral", held_out=0, minutes=1)


def test_what_one_side_cannot_do_is_refused(tmp_path):
    with pytest.raises(Unsupported, match="takes no --strategy, --keep"):
        Train(model="mean_face", keep="best").validate()
    for name in ("vae", "autoencoder", "pixelcnn", "dcgan"):
        with pytest.raises(Unsupported, match=f"model {name} takes no .*--loss"):
            Train(model=name, loss=("l1=1",)).validate()
    with pytest.raises(BadOption, match="no class 'up'"):
        train(make_work(tmp_path), "mean_face", "where=smile=up", minutes=1)


def test_the_time_of_a_preview_is_not_in_the_speed_of_its_segment(tmp_path, monkeypatch):
    """The segment's line is written before the faces for the preview are drawn."""
    monkeypatch.setattr("faceswap.training.preview.SHARE", np.inf)
    work = make_work(tmp_path)
    train(work, "vae", *SMALL, iterations=50, preview_every=0.0)
    lines = map(json.loads, (work.path("model") / "history.jsonl").read_text().splitlines())
    assert ["loss" in line for line in lines if line["step"] == 50] == [True, False, False]


@pytest.mark.parametrize(("column", "mirrors"), [("yaw", False), ("smile", True)])
def test_no_mirrored_face_has_the_class_of_the_other_side(tmp_path, column, mirrors):
    """Each face is dark on the side that it looks to."""
    work = make_work(tmp_path)
    packed = PackedFaces(work.require("source/pairs"))
    left = np.arange(len(packed.faces)) % 2 == 0
    faces = np.full(packed.faces.shape, 200, np.uint8)
    faces[left, :, :20], faces[~left, :, 20:] = 0, 0
    np.save(packed.folder / "faces.npy", faces)
    Labels(
        {
            "yaw": ["-30" if there else "30" for there in left],
            "smile": ["0" if there else "2" for there in left],
        }
    ).save(packed.folder)
    stage = Train(model="cgan", classes=column, batch=16)
    model, classes = stage.taught(work)
    feed = _feed(stage, work, model, PackedFaces(packed.folder), classes)
    pictures, known = map(np.concatenate, zip(*(feed(step) for step in range(4)), strict=True))
    names, _ = Labels.load(packed.folder, len(faces)).classes(column)
    dark = pictures[:, :, :16].mean(axis=(1, 2, 3)) < pictures[:, :, 16:].mean(axis=(1, 2, 3))
    of_left = known == names.index("left" if column == "yaw" else "neutral")
    assert (dark != of_left).any() == mirrors


class Stopping(Progress):
    """Ctrl-C after so many steps."""

    def __init__(self, after):
        self.after = after

    def bar(self, what, total, done=0, unit="frame"):
        outer = self

        class Counting(Bar):
            def step(self, count=1, **figures):
                outer.after -= 1
                if not outer.after:
                    raise KeyboardInterrupt

        return Counting()


SMALL = ("size=16", "width=4", "latent=4")


def test_interrupted_training_ends_in_the_same_weights(tmp_path):
    whole, cut = make_work(tmp_path / "whole"), make_work(tmp_path / "cut")
    done = train(whole, "vae", *SMALL, iterations=5)
    with pytest.raises(KeyboardInterrupt):
        train(cut, "vae", *SMALL, progress=Stopping(3), iterations=5)
    assert train(cut, "vae", *SMALL, iterations=5)["steps"] == done["steps"] == 5
    both = [(w.path("model") / "weights.safetensors").read_bytes() for w in (whole, cut)]
    assert both[0] == both[1]
    lines = (whole.path("model") / "history.jsonl").read_text().splitlines()
    distances = [line["frechet"] for line in map(json.loads, lines) if "frechet" in line]
    assert len(distances) >= 2 and done["frechet"] == distances[-1]


def test_bits_of_held_out_faces_are_in_the_history_where_a_model_knows_them(tmp_path):
    work = make_work(tmp_path)
    small = ("size=8", "levels=4", "width=2", "depth=1", "kernel=3")
    done = train(work, "pixelcnn", *small, iterations=2)
    lines = map(json.loads, (work.path("model") / "history.jsonl").read_text().splitlines())
    told = [(line["frechet"], line["bits"]) for line in lines if "bits" in line]
    assert len(told) >= 2 and told[-1] == (done["frechet"], done["bits"])
    # Nothing has been learnt, so a pixel costs about two bits.
    assert 1 < done["bits"] < 3

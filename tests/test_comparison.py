import json
from pathlib import Path

import cv2
import numpy as np
import pytest

import cli
from faceswap.model import save, save_recipe
from faceswap.training.curves import CURVES, SIDE, STRIP
from faceswap.training.examiner import Figures
from faceswap.training.learnt import learnt, model_folder, weights_file
from faceswap.weights import get_weights, put_weights
from faceswap.writing.image_writer import PREVIEW
from models.lite import Lite

SMALL = Lite(size=64, width=8, latent=4)


def make_run(root: Path, seed: int, loss: float) -> Path:
    """A workspace with packed faces and a model that has just been drawn."""
    import keras

    random = np.random.default_rng(0)
    for side in ("source", "target"):
        pairs = root / side / "pairs"
        pairs.mkdir(parents=True)
        np.save(pairs / "faces.npy", random.integers(0, 256, (8, 80, 80, 3), dtype=np.uint8))
        np.save(pairs / "masks.npy", np.full((8, 80, 80), 255, np.uint8))
        np.save(pairs / "landmarks.npy", random.uniform(20, 60, (8, 68, 2)).astype(np.float32))
    (root / "manifest.json").write_text("{}")
    (root / "model").mkdir()
    keras.utils.set_random_seed(seed)
    save(root / "model", SMALL, get_weights(SMALL.build()))
    figures = dict.fromkeys(Figures.__struct_fields__, loss)
    lines = [
        {"step": 5, "seconds": 60.0, "loss": loss},
        {"step": 5, "seconds": 60.0, "held_out": figures | {"mouth": None}},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (root / "model" / "history.jsonl").write_text(text)
    return root


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    return make_run(root / "one", 0, 0.25), make_run(root / "two", 1, 0.75)


def test_the_sheet_shows_the_same_faces_as_both_draw_them(runs, tmp_path, capsys):
    to = tmp_path / "sheet.png"
    assert cli.main(["compare", *map(str, runs), "--to", str(to)]) == 0
    said = capsys.readouterr().out
    assert "1 one" in said and "2 two" in said
    row = next(line for line in said.splitlines() if line.startswith("sharpness"))
    assert row.split() == ["sharpness", "0.25", "0.75"] and "mouth " not in said
    assert PREVIEW.encode() in to.read_bytes()
    picture = cv2.imread(str(to), cv2.IMREAD_COLOR_RGB)
    assert picture.shape[0] == 2 * STRIP + 3 * SIDE + CURVES
    faces = picture[2 * STRIP : -CURVES, : 5 * SIDE].reshape(3, SIDE, 5, SIDE, 3).swapaxes(1, 2)
    # target, copies of both, swaps of both: all different.
    for one in range(5):
        for other in range(one):
            assert np.abs(faces[:, one].astype(int) - faces[:, other]).mean() > 0.1


def test_programs_get_the_newest_figures(runs, tmp_path, capsys):
    words = ["compare", *map(str, runs), "--to", str(tmp_path / "sheet.png"), "--json"]
    assert cli.main(words) == 0
    told = json.loads(capsys.readouterr().out)["figures"]
    assert told["1 one"]["score"] == 0.25 and told["2 two"]["score"] == 0.75
    assert told["1 one"]["step"] == 5 and told["1 one"]["minutes"] == 1.0


@pytest.mark.parametrize("to", ["sheet.jpg", "nowhere/sheet.png"])
def test_a_wrong_place_is_refused_before_anything_is_loaded(runs, to, tmp_path, capsys):
    assert cli.main(["compare", *map(str, runs), "--to", str(tmp_path / to)]) == 2
    assert "PNG file in a folder that is there" in capsys.readouterr().err


def test_a_workspace_without_a_model_is_told_of(runs, tmp_path, capsys):
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "manifest.json").write_text("{}")
    words = ["compare", str(runs[0]), str(bare), "--to", str(tmp_path / "sheet.png")]
    assert cli.main(words) == 3
    assert "holds no model" in capsys.readouterr().err


def test_a_training_that_goes_on_is_known_by_its_newest_checkpoint(tmp_path):
    import keras

    from faceswap.errors import MissingArtefact
    from faceswap.training.checkpoint import Checkpoints, State

    going = tmp_path / "job" / "model.partial"
    going.mkdir(parents=True)
    save_recipe(going, SMALL)
    with pytest.raises(MissingArtefact, match="wait for a checkpoint"):
        weights_file(model_folder(tmp_path / "job"))
    keras.utils.set_random_seed(3)
    net = SMALL.build()
    SMALL.compile(net, 0.001)
    Checkpoints(going / "checkpoints").save(net, State(7, 1.0))
    (going / "weights.safetensors").write_bytes(b"of a run that was finished before")
    model, loaded = learnt(tmp_path / "job", "float32")
    assert model == SMALL
    for name, values in get_weights(loaded).items():
        np.testing.assert_array_equal(values, get_weights(net)[name])
    put_weights(net, get_weights(loaded))

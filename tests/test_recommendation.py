from pathlib import Path

import msgspec
import pytest

from faceswap.alignment.crops import RECORDS, Crop, FrameCrops
from faceswap.options import create
from faceswap.pictures.geometry import MARGIN, MEAN_FACE
from faceswap.plugins import load
from faceswap.storage.journal import Journal
from faceswap.training.recommendation import FILE, SIZES, Choice, Facts, chosen, known, recommended
from faceswap.workspace import Workspace
from stages.train import Train
from test_train import Stopping, make_work, train

LAPTOP = Facts(cores=2, memory=16 << 30, gpu=False, face=100, faces=300)


@pytest.mark.parametrize(
    ("facts", "model", "size", "batch"),
    [
        (LAPTOP, "lite", 128, 8),
        (LAPTOP._replace(face=60), "lite", 64, 8),
        (LAPTOP._replace(face=81), "lite", 96, 8),
        (LAPTOP._replace(face=900), "lite", 128, 8),
        (LAPTOP._replace(cores=1), "lite", 96, 8),
        (LAPTOP._replace(cores=1, face=60), "lite", 64, 8),
        (LAPTOP._replace(memory=2 << 30), "lite", 128, 4),
        (LAPTOP._replace(faces=3), "lite", 128, 3),
        (LAPTOP._replace(faces=1), "lite", 128, 2),
        (LAPTOP._replace(gpu=True), "df", 128, 8),
        (LAPTOP._replace(gpu=True, face=60), "df", 96, 8),
        (LAPTOP._replace(gpu=True, face=400), "df", 192, 8),
    ],
)
def test_machine_and_faces_decide(facts, model, size, batch):
    choice = recommended(facts)
    assert (choice.model, choice.options, choice.batch) == (model, {"size": size}, batch)
    assert "\n" not in choice.why and f"{model} at {size} pixels" in choice.why
    assert f"{facts.face} pixels" in choice.why


def test_what_may_be_chosen_is_there():
    for model, sizes in SIZES.items():
        for size in sizes:
            assert create(load("models", model), {"size": size}).size == size


def cut_from_larger(work):
    """Records that say the target's crops of 80 pixels were cut from squares of 160."""
    folder = work.root / "target" / "faces"
    folder.mkdir()
    points = tuple(map(tuple, (MEAN_FACE * 60).tolist()))
    crops = [Crop(n, 0, (0.5, 0, 0, 0, 0.5, 0), points, 9.0) for n in range(3)]
    for crop in crops:
        (folder / crop.name).touch()
    Journal(folder / RECORDS, FrameCrops).append(FrameCrops(c.frame, [c]) for c in crops)


def test_a_face_is_as_large_as_it_is_in_the_film(tmp_path):
    work = make_work(tmp_path / "job")
    assert known(work).face == 80 / MARGIN
    assert known(work).faces == 3
    cut_from_larger(work)
    assert known(work).face == 160 / MARGIN


def notes_of(work: Workspace, **options: object) -> tuple[list[str], dict]:
    class Heard(Stopping):
        def note(self, text: str, record: object = None) -> None:
            said.append(text)

    said: list[str] = []
    return said, train(work, Heard(0), model="auto", **options)


def test_what_was_chosen_is_said_recorded_and_stands_when_it_goes_on(tmp_path):
    work = make_work(tmp_path / "job")
    said, done = notes_of(work, set=("width=8", "latent=16"), iterations=1, batch=0)
    assert done["steps"] == 1
    assert said[0].startswith("chose lite at 64 pixels, 3 faces a side")
    choice = msgspec.json.decode((work.path("model") / FILE).read_bytes(), type=Choice)
    assert choice.options == choice.options | {"size": 64, "latent": 16, "width": 8}
    assert choice.batch == 3
    work.path("model").rename(work.partial("model"))
    # Without the options of before, and with faces for which another choice would be made.
    cut_from_larger(work)
    assert chosen(work, anew=True).options["size"] > 64
    said, done = notes_of(work, set=(), iterations=2, batch=0)
    assert done["steps"] == 2 and "going on from step 1" in said


@pytest.mark.slow
def test_a_model_that_was_asked_for_is_gone_on_with(tmp_path):
    work = make_work(tmp_path / "job")
    train(work, iterations=1)
    work.path("model").rename(work.partial("model"))
    said, done = notes_of(work, set=(), iterations=2)
    assert said[0] == "going on with lite, which is there" and done["steps"] == 2


def test_given_options_win():
    work = Workspace(Path("nowhere"))
    stage = Train(model="original", set=("size=64",), batch=5)
    assert stage.settled(work) == (stage, None)

import numpy as np
import pytest

from faceswap.data.examples import COLUMNS, ROWS
from faceswap.films.images import read_image
from faceswap.model import load
from faceswap.stage import Progress
from faceswap.training.timelapse import Timelapse
from test_events import read
from test_train import Stopping, make_work, train, weights

#: All that can be kept of a training to look at.
SEEN = {"timelapse": True, "tensorboard": True, "snapshot_every": 2, "preview_every": 0.0}


class Watching(Progress):
    """Somebody at a terminal that can show pictures."""

    def __init__(self) -> None:
        self.pictures: list[np.ndarray] = []

    def picture(self, draw):
        self.pictures.append(draw())


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    work, watching = make_work(tmp_path_factory.mktemp("job")), Watching()
    train(work, watching, iterations=5, **SEEN)
    return work, watching


def test_previews_are_shown_filmed_and_written_for_tensorboard(seen):
    work, watching = seen
    folder = work.path("model")
    shown = watching.pictures[-1]
    np.testing.assert_array_equal(read_image(folder / "preview.png"), shown)
    lapse = Timelapse(folder / "timelapse")
    assert [path.stem for path in lapse.pictures()] == ["000000005"] and lapse.film.exists()
    events = read(folder / "tensorboard")
    tags = {tag for _, tag, _ in events}
    assert {"preview", "train/loss", "train/images_s", "held_out/score"} <= tags
    assert {step for step, _, _ in events} == {5}


def test_snapshots_are_models_of_their_steps(seen):
    folder = seen[0].path("model")
    places = sorted((folder / "snapshots").iterdir())
    assert [place.name for place in places] == ["000000002", "000000004"]
    kept = [(place / "weights.safetensors").read_bytes() for place in places]
    assert kept[0] != kept[1] and weights(seen[0]) not in kept
    model, _ = load(places[0], "float32")
    assert model.name == "lite"


def test_what_is_shown_changes_nothing_that_is_learnt(seen, tmp_path):
    work = make_work(tmp_path / "plain")
    train(work, iterations=5, show=False)
    assert weights(work) == weights(seen[0])
    kept = {path.name for path in work.path("model").iterdir()}
    assert not kept & {"timelapse", "timelapse.mp4", "tensorboard", "snapshots"}


@pytest.mark.slow
def test_a_film_goes_on_where_the_training_was_cut_off(tmp_path):
    work = make_work(tmp_path / "job")
    with pytest.raises(KeyboardInterrupt):
        train(work, Stopping(3), iterations=5, **SEEN)
    late = work.partial("model") / "timelapse"
    Timelapse(late).add(4, np.zeros((40, 40, 3), np.uint8))
    train(work, iterations=5, **SEEN)
    pictures = Timelapse(work.path("model") / "timelapse").pictures()
    assert [path.stem for path in pictures] == ["000000005"]


def test_the_sheet_of_examples_is_of_both_sides(seen):
    sheet = read_image(seen[0].path("model") / "examples.png")
    # The sheet's pictures are twice the network's.
    assert sheet.shape == (2 * ROWS * 128, COLUMNS * 128, 3)

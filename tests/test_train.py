import json
from pathlib import Path

import numpy as np
import pytest

from faceswap.data.held_out import split
from faceswap.errors import BadOption, FaceswapError, ModelMismatch
from faceswap.model import load
from faceswap.stage import Bar, Progress
from faceswap.weights import read_weights
from faceswap.workspace import Workspace
from stages.train import Train
from told import Told

SMALL = ("size=64", "width=8", "latent=16")


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return make_work(tmp_path_factory.mktemp("job"))


def make_work(root: Path, targets: int = 5) -> Workspace:
    random = np.random.default_rng(0)
    for side, count in (("source", 3), ("target", targets)):
        pairs = root / side / "pairs"
        pairs.mkdir(parents=True)
        np.save(pairs / "faces.npy", random.integers(0, 256, (count, 80, 80, 3), dtype=np.uint8))
        np.save(pairs / "masks.npy", np.full((count, 80, 80), 255, np.uint8))
        np.save(pairs / "landmarks.npy", random.uniform(20, 60, (count, 68, 2)).astype(np.float32))
    (root / "manifest.json").write_text("{}")
    return Workspace(root)


def train(work: Workspace, progress: Progress | None = None, **options: object) -> dict:
    given = {"model": "lite", "set": SMALL, "batch": 2, "minutes": 0.0} | options
    stage = Train(**given)
    stage.check(work)
    return stage.run(work, progress or Progress())


def weights(work: Workspace) -> bytes:
    return (work.path("model") / "weights.safetensors").read_bytes()


def exams(work: Workspace) -> dict[int, dict]:
    """The figures of held-out faces by step."""
    lines = (work.path("model") / "history.jsonl").read_text().splitlines()
    found = [line for line in map(json.loads, lines) if "held_out" in line]
    return {line["step"]: line["held_out"] for line in found}


class Stopping(Progress):
    """Ctrl-C after so many steps."""

    def __init__(self, after: int, error: type[BaseException] = KeyboardInterrupt) -> None:
        self.after, self.error = after, error

    def bar(self, what: str, total: int, done: int = 0, unit: str = "frame") -> Bar:
        outer = self

        class Counting(Bar):
            def step(self, count: int = 1, **figures: float | str) -> None:
                outer.after -= 1
                if outer.after == 0:
                    outer.reached()

        return Counting()

    def reached(self) -> None:
        raise self.error


def test_interrupted_training_ends_in_the_same_weights(tmp_path):
    whole, cut = make_work(tmp_path / "whole"), make_work(tmp_path / "cut")
    train(whole, iterations=7)
    with pytest.raises(KeyboardInterrupt):
        train(cut, Stopping(3), iterations=7)
    assert not cut.exists("model")
    assert train(cut, iterations=7)["steps"] == 7
    assert weights(cut) == weights(whole)


def test_training_with_every_option_ends_alike_when_interrupted(tmp_path):
    options = {"optimizer": "adabelief", "ema": 0.9, "lr_dropout": 0.3, "clip": 1.0, "warmup": 2}
    options |= {"accumulate": 2, "schedule": "cosine", "masked": True, "eyes": 5.0}
    options |= {"loss": ("style=10", "background=1", "edge=1", "focal_frequency=1")}
    whole, cut = make_work(tmp_path / "whole"), make_work(tmp_path / "cut")
    train(whole, iterations=5, **options)
    with pytest.raises(KeyboardInterrupt):
        train(cut, Stopping(2), iterations=5, **options)
    train(cut, iterations=5, **options)
    assert weights(cut) == weights(whole)
    # The mean of the weights is the model; the newest are for going on.
    newest = whole.path("model") / "checkpoints" / "000000005" / "weights.safetensors"
    assert weights(whole) != newest.read_bytes()


def test_more_iterations_go_on_from_the_finished_model(tmp_path):
    whole, longer = make_work(tmp_path / "whole"), make_work(tmp_path / "longer")
    train(whole, iterations=5)
    train(longer, iterations=2)
    longer.path("model").rename(longer.partial("model"))
    train(longer, iterations=5)
    assert weights(longer) == weights(whole)


def test_keeping_the_best_ends_alike_wherever_it_was_cut(tmp_path):
    # Steps so long make the score of random pictures rise and fall.
    best = {"keep": "best", "measure_every": 2, "learning_rate": 0.02, "checkpoint_every": 0.0}
    whole, cut = make_work(tmp_path / "whole"), make_work(tmp_path / "cut")
    done = train(whole, iterations=7, **best)
    # Stopped at a step that is to be measured, before it is: it is made up for.
    with pytest.raises(KeyboardInterrupt):
        train(cut, Stopping(2), iterations=7, **best)
    again = train(cut, iterations=7, **best)
    assert weights(cut) == weights(whole)
    assert exams(cut) == exams(whole)
    assert again | {"minutes": 0} == done | {"minutes": 0}

    scores = {step: exam["score"] for step, exam in exams(whole).items()}
    assert sorted(scores) == [2, 4, 6, 7]
    top = max(scores, key=lambda step: (scores[step], -step))
    assert done.get("kept step", 7) == top
    assert done["score"] == pytest.approx(scores[top], abs=1e-3)
    newest = whole.path("model") / "checkpoints" / "000000007" / "weights.safetensors"
    kept = whole.path("model") / "best" / f"{top:09d}" / "weights.safetensors"
    assert weights(whole) == (newest if top == 7 else kept).read_bytes()


def test_what_is_known_of_a_finished_model_is_not_measured_again(work):
    first = train(work, iterations=3, restart=True)
    work.path("model").rename(work.partial("model"))
    assert train(work, iterations=3) | {"minutes": 0} == first | {"minutes": 0}
    assert len(exams(work)) == 1


def test_held_out_faces_are_not_learnt_and_it_is_said(tmp_path):
    class Heard(Progress):
        def __init__(self) -> None:
            self.notes: list[str] = []

        def note(self, text: str) -> None:
            self.notes.append(text)

    heard, many, same = Heard(), make_work(tmp_path / "a", 60), make_work(tmp_path / "b", 60)
    train(many, heard, iterations=9)
    assert heard.notes == ["no face of the source is held out: figures are of learnt ones"]
    faces = np.load(same.path("target/pairs") / "faces.npy")
    held = np.setdiff1d(np.arange(60), split(60, 0.1).learnt)
    faces[held] = 255 - faces[held]
    np.save(same.path("target/pairs") / "faces.npy", faces)
    train(same, iterations=9)
    assert weights(same) == weights(many)
    assert exams(same) != exams(many)


def test_damaged_checkpoint_is_passed_over(tmp_path):
    work, whole = make_work(tmp_path / "work"), make_work(tmp_path / "whole")
    train(whole, iterations=6)
    with pytest.raises(KeyboardInterrupt):
        train(work, Stopping(4), iterations=6, checkpoint_every=0.0)
    sets = sorted((work.partial("model") / "checkpoints").iterdir())
    with (sets[-1] / "weights.safetensors").open("r+b") as file:
        file.seek(-8, 2)
        file.write(b"12345678")
    train(work, iterations=6)
    assert weights(work) == weights(whole)


def test_folder_holds_recipe_history_and_preview(work):
    train(work, iterations=3)
    folder = work.path("model")
    model, net = load(folder, "float32")
    assert (model.name, model.size, model.width) == ("lite", 64, 8)
    stored = read_weights(folder / "weights.safetensors")
    counted = sum(array.size for name, array in stored.items() if "seed" not in name)
    assert counted == net.count_params()
    lines = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    losses, exam = lines
    assert losses["step"] == exam["step"] == 3 and losses["loss"] > 0
    assert 0 < exam["held_out"]["ssim_target"] < 1
    assert (folder / "preview.png").read_bytes().startswith(b"\x89PNG")


def test_terms_are_shown_and_weighed_as_asked_for(work):
    train(work, iterations=2, loss=("l1=2", "mse=3", "dssim=0"), restart=True)
    lines = (work.path("model") / "history.jsonl").read_text().splitlines()
    told = json.loads(lines[0])
    weights = {"l1": 2, "mse": 3, "mask": 0.5, "expression": 0.05}
    assert "dssim" not in told
    parts = sum(weight * told[name] for name, weight in weights.items())
    assert told["loss"] == pytest.approx(parts, rel=1e-4)


def test_divergence_halves_the_rate_and_then_says_what_to_do(tmp_path, monkeypatch):
    from faceswap.training import swap_training

    monkeypatch.setattr(swap_training, "HALVINGS", 1)
    work, told = make_work(tmp_path), Told()
    with pytest.raises(KeyboardInterrupt):
        train(work, Stopping(2), iterations=9)
    with pytest.raises(FaceswapError, match=r"rolled back to step 2.*--learning-rate below 5e\+29"):
        train(work, told, iterations=9, learning_rate=1e30)
    assert [line for line in told.lines if "diverged" in line] == [
        "training diverged at step 4: the loss is not a finite number; rolled back to step 2: "
        "going on from there at 1/2 of the rate"
    ]
    assert train(work, iterations=4)["steps"] == 4


def test_another_recipe_is_refused_unless_restarted(tmp_path):
    work = make_work(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        train(work, Stopping(1), iterations=2)
    with pytest.raises(ModelMismatch, match=r"latent 16 there, 8 asked for.*--restart"):
        train(work, iterations=2, set=("size=64", "width=8", "latent=8"))
    done = train(work, iterations=2, set=("size=64", "width=8", "latent=8"), restart=True)
    assert done["steps"] == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"minutes": 0.0}, "never end"),
        ({"model": "nothing"}, "no `nothing` among models"),
        ({"set": ("size",)}, "NAME=VALUE"),
        ({"set": ("size=65",)}, "size is one of"),
        ({"set": ("depth=2",)}, "no option `depth`"),
        ({"loss": ("l3=1",)}, "no term `l3` of a loss: there are background, dssim"),
        ({"loss": ("l1",)}, "loss takes NAME=VALUE"),
        ({"loss": ("l1=-1",)}, "l1 takes a weight from 0"),
        (
            {"model": "lite", "loss": ("l1=0", "dssim=0", "mask=0", "expression=0")},
            "nothing to learn by",
        ),
        ({"strategy": "multiworker", "iterations": 9, "minutes": 0.0}, "agree on one model"),
        ({"model": "original", "loss": ("mask=1",)}, "original draws no masks"),
        ({"model": "original", "loss": ("expression=1",)}, "original is taught no expression"),
    ],
)
def test_wrong_options_are_refused_at_once(options, message, tmp_path):
    with pytest.raises(BadOption, match=message):
        Train(**options).validate()


@pytest.mark.parametrize(
    ("limits", "enough"),
    [
        ({"iterations": 9, "minutes": 0.0}, True),
        ({"iterations": 0, "minutes": 1.5}, True),
        ({"iterations": 99, "minutes": 2.0}, True),
        ({"iterations": 10, "minutes": 0.0}, False),
        ({"iterations": 0, "minutes": 2.5}, False),
    ],
)
def test_a_model_trained_longer_than_asked_for_is_enough(limits, enough):
    assert Train(**limits).enough({}, {"steps": 9, "minutes": 2.0}) is enough


def test_steps_get_shorter_and_the_warp_weaker_towards_the_end():
    from faceswap.training.training import LEAST, Clock

    clock = Clock(iterations=100, finish=0.5)
    assert [clock.ease(step) for step in (0, 49, 75, 100)] == pytest.approx([1, 1, 0.5, LEAST])
    assert Clock(iterations=100).ease(99) == 1.0
    late = Clock(minutes=1.0, seconds=45.0, finish=0.5)
    assert late.ease(3) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("begun", "ready", "least", "most"),
    [(-2.0, -1.0, 0.0, 0.0), (0.0, 100.0, 1e-9, 60.0)],
    ids=["made ahead", "made too late"],
)
def test_a_step_waits_only_for_a_batch_that_is_not_ready(begun, ready, least, most):
    import keras

    from faceswap import clock
    from faceswap.data.waiting import Waiting

    net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    net.compile("sgd")
    net.optimizer.iterations.assign(1)
    parts = Waiting({})
    parts.set_model(net)
    clock.take()
    parts.on_train_batch_begin(0)
    parts.made[0] = (parts.begun + begun, parts.begun + ready)
    parts.on_train_batch_end(0)
    spent = clock.take()
    assert least <= spent.get("waiting", 0.0) <= most
    assert not parts.made

import numpy as np
import pytest

from faceswap.errors import BadOption, Unsupported
from faceswap.films.images import read_image
from faceswap.model import load_recipe
from stages.rates import Rates
from test_starting import Heard
from test_train import SMALL, make_work, train, weights

HOW = {"model": "lite", "set": SMALL, "batch": 2, "precision": "float32"}


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return make_work(tmp_path_factory.mktemp("job"))


def test_the_curve_is_told_and_drawn_and_nothing_learnt_is_touched(work):
    train(work, iterations=1)
    before, heard = weights(work), Heard()
    done = Rates(**HOW, rate_steps=20).run(work, heard)
    assert weights(work) == before and load_recipe(work.path("model")).name == "lite"
    assert 1e-6 <= done["steepest"] <= done["least"] <= 0.1 and done["own"] == 1e-3
    assert heard.notes[0].split() == ["learning", "rate", "loss"]
    rates = [float(line.split()[0]) for line in heard.notes[1:-1]]
    assert rates == sorted(rates) and len(rates) > 5
    assert np.ptp(read_image(work.root / "rates.png")) > 100


@pytest.mark.slow
def test_the_same_seed_finds_the_same(work):
    first, again = (Rates(**HOW, rate_steps=20).run(work) for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"lowest_rate": 0.1, "highest_rate": 0.01}, BadOption, "the rate has to rise"),
        ({"set": ("size=63",)}, BadOption, "size is one of"),
    ],
)
def test_wrong_options_are_refused_at_once(options, error, message):
    with pytest.raises(error, match=message):
        Rates(**options).validate()


def test_a_model_that_does_not_swap_is_refused_before_anything_is_touched(work):
    stage = Rates(model="mean_face")
    stage.validate()  # `run` is given it, and leaves this stage out.
    with pytest.raises(Unsupported, match="does not swap"):
        stage.check(work)

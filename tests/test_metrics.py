import pytest

from faceswap.errors import BadOption, NotGoodEnough
from faceswap.evaluation.metrics import BY_NAME, METRICS, demand, limits


def test_names_are_told_apart_and_every_metric_is_explained():
    assert len(BY_NAME) == len(METRICS)
    assert all(m.help.endswith(".") and m.better in {"more", "less", "near"} for m in METRICS)


def test_limits_are_read():
    assert limits(["margin=0.1", "seam=5"]) == {"margin": 0.1, "seam": 5.0}


@pytest.mark.parametrize("text", ["margni=1", "margin", "margin=", "margin=much", "margin=nan"])
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(BadOption, match=r"no metric|metric=value"):
        limits([text])


def test_an_unknown_metric_is_answered_with_all_names():
    with pytest.raises(BadOption) as said:
        limits(["margni=1"])
    assert all(metric.name in str(said.value) for metric in METRICS)


def test_figures_within_the_limits_pass():
    demand({"margin": 0.2, "seam": 4.0, "flicker": -0.7}, limits(["margin=0.1", "flicker=1"]))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("margin=0.3", r"margin is 0\.2, asked for is at least 0\.3"),
        ("seam=3", r"seam is 4, asked for is at most 3"),
        ("flicker=0.5", r"flicker is -0\.7, asked for is no further from 0 than 0\.5"),
        ("tone=5", r"tone could not be measured, its limit is 5"),
    ],
)
def test_a_figure_beyond_its_limit_is_named_with_value_and_limit(said, words):
    with pytest.raises(NotGoodEnough, match=words) as error:
        demand({"margin": 0.2, "seam": 4.0, "flicker": -0.7, "tone": None}, limits([said]))
    assert error.value.exit_code == 3

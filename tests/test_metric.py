import pytest

from faceswap.evaluation.metric import Metric

MORE = Metric("m", "m", "more", 0.5, "Help.")
LESS = Metric("l", "l", "less", 2.0, "Help.", "°", 1)
NEAR = Metric("n", "n", "near", 0.6, "Help.", upper=1.4, ideal=1.0)


@pytest.mark.parametrize(
    ("metric", "value", "limit", "worse"),
    [
        (MORE, 0.4, 0.5, True),
        (MORE, 0.5, 0.5, False),
        (LESS, 2.1, 2.0, True),
        (LESS, 1.9, 2.0, False),
        (NEAR, 0.5, 0.6, True),
        (NEAR, 1.5, 0.6, True),
        (NEAR, 1.3, 0.6, False),
    ],
)
def test_worse_than_a_limit(metric, value, limit, worse):
    assert metric.worse(value, limit) is worse


@pytest.mark.parametrize("metric", [MORE, LESS, NEAR])
@pytest.mark.parametrize("value", [None, float("nan")])
def test_what_could_not_be_measured_is_worse_than_any_limit_and_has_no_sign(metric, value):
    assert metric.worse(value, 0.0)
    assert metric.good(value) is None
    assert metric.text(value) == "-"


def test_good_is_beyond_the_bar():
    assert [MORE.good(v) for v in (0.4, 0.5)] == [False, True]
    assert [LESS.good(v) for v in (2.1, 2.0)] == [False, True]
    assert [NEAR.good(v) for v in (0.5, 0.6, 1.4, 1.5)] == [False, True, True, False]
    assert Metric("x", "x", "more", None, "Help.").good(1.0) is None


def test_bars_in_words():
    assert MORE.wanted == "≥ 0.50"
    assert LESS.wanted == "≤ 2.0 °"
    assert NEAR.wanted == "0.60 to 1.40"
    assert Metric("lag", "lag", "near", 0, "Help.", "frames", 0, upper=0).wanted == "0 frames"


def test_there_is_no_minus_before_zero():
    assert LESS.text(-0.04) == "0.0 °" and LESS.text(-0.06) == "-0.1 °"


def test_shares_are_shown_as_hundredths():
    assert Metric("s", "s", "more", 0.98, "Help.", "%", 1).text(0.985) == "98.5 %"

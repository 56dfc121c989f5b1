import numpy as np
import pytest

from faceswap.data.coverage import FIGURES, TOO_MANY, advice, compare, figures
from faceswap.data.labels import Labels
from faceswap.errors import Damaged


def side(**ranges):
    """Crops that show each figure evenly from one value to another."""
    rows = [np.linspace(*ranges.get(name, (0.0, 0.0)), 101) for name in FIGURES]
    return np.stack(rows, axis=1)


def test_the_same_on_both_sides_is_covered():
    same = side(yaw=(-20, 20), pitch=(-5, 5), mouth=(0, 0.5), brightness=(80, 120))
    lines = compare(same, same)
    assert [line.figure for line in lines] == list(FIGURES)
    assert all(line.beyond == 0 for line in lines)
    assert advice(lines) == []


def test_what_the_source_never_shows_is_counted():
    source, target = side(yaw=(-10, 10)), side(yaw=(-10, 50))
    line = compare(source, target)[0]
    # Near enough is 10 degrees beyond the source's range: 20 to 50 of -10 to 50.
    assert line.beyond == pytest.approx(30 / 60, abs=0.03)
    assert line.source == pytest.approx((-9.6, 9.6))
    assert line.target == pytest.approx((-8.8, 48.8))


def test_the_source_may_show_more_than_the_target():
    assert compare(side(yaw=(-50, 50)), side(yaw=(-5, 5)))[0].beyond == 0


def test_one_wrong_landmark_does_not_widen_the_source():
    source = side(yaw=(-10, 10))
    source[0, 0] = 90
    assert compare(source, side(yaw=(60, 60)))[0].beyond == 1


def test_only_what_matters_is_warned_of_in_words():
    lines = compare(side(), side(mouth=(0, 0.9)))
    warned = advice(lines)
    assert len(warned) == 1
    assert "mouth" in warned[0] and "%" in warned[0]
    assert lines[2].beyond > TOO_MANY
    assert str(lines[2]).startswith("mouth")


def test_the_figures_are_read_from_the_labels():
    columns = {name: ["1.5", "-2"] for name in FIGURES} | {"file": ["a.png", "b.png"]}
    assert figures(Labels(columns)).tolist() == [[1.5] * 4, [-2.0] * 4]
    with pytest.raises(Damaged, match="column mouth"):
        figures(Labels(columns | {"mouth": ["open", "1"]}))

import pytest

from faceswap.networks.phases import level, told
from test_train import Stopping, make_work, train, weights

PHASES = ((0.0, 0.0), (0.2, 1.0), (0.667, 0.25))


@pytest.mark.parametrize(
    ("share", "value"),
    [(0.0, 0.0), (0.19, 0.0), (0.2, 1.0), (0.6, 1.0), (0.667, 0.25), (1.0, 0.25)],
)
def test_the_newest_phase_says_the_value(share, value):
    assert level(PHASES, share) == value


def test_before_any_phase_it_is_one():
    assert level((), 0.5) == level(((0.5, 0.0),), 0.4) == 1


def test_phases_are_told_in_words():
    assert told(PHASES) == "0, from 20 % 1, from 66.7 % 0.25"
    assert told(((0.3, 0.0),)) == "1, from 30 % 0"


def test_a_training_cut_within_a_phase_ends_in_the_same_weights(tmp_path, monkeypatch):
    phases = {"dssim": ((0.0, 0.0), (0.3, 1.0), (0.8, 0.0)), "l1": ((0.5, 0.5),)}
    monkeypatch.setattr("models.lite.Lite.phases", phases)
    whole = make_work(tmp_path / "whole")
    train(whole, iterations=7)
    # Shares of 1/7: dssim is on in the steps from the fourth to the sixth.
    for after in (2, 4):
        cut = make_work(tmp_path / f"cut{after}")
        with pytest.raises(KeyboardInterrupt):
            train(cut, Stopping(after), iterations=7)
        train(cut, iterations=7)
        assert weights(cut) == weights(whole)
    monkeypatch.setattr("models.lite.Lite.phases", {})
    plain = make_work(tmp_path / "plain")
    train(plain, iterations=7)
    assert weights(plain) != weights(whole)

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from faceswap.training.checkpoint import State
from faceswap.training.examiner import Figures
from faceswap.training.history import History

SPOILT = [
    '{"step": 200, "seco',
    "[]",
    '{"step": "x", "seconds": 1}',
    '{"step": 1}',
    "\x00\x00",
    '{"step": 1, "seconds": 1, "held_out": {"score": 1}}',
]


def figures(score: float) -> Figures:
    names = {name: 0.5 for name in Figures.__struct_fields__}
    return Figures(**names | {"mouth": None, "score": score})


def measured(score: float, faces: str = "aa") -> dict[str, Any]:
    return {"faces": faces, "held_out": msgspec.to_builtins(figures(score))}


@pytest.fixture
def history(tmp_path: Path) -> History:
    history = History(tmp_path / "history.jsonl")
    history.add(State(50, 2.04), loss=0.5)
    history.add(State(100, 4.0), **measured(0.6))
    history.add(State(100, 4.5), loss=0.4)
    history.add(State(150, 6.0), loss=0.3)
    return history


def test_lines_come_back(history: History) -> None:
    lines = list(history)
    assert [line["step"] for line in lines] == [50, 100, 100, 150]
    assert lines[0] == {"step": 50, "seconds": 2.0, "loss": 0.5}


def test_figures_are_those_of_a_step_and_of_the_same_faces(history: History) -> None:
    assert history.figures(100, "aa") == figures(0.6)
    assert history.figures(100, "bb") is None
    assert history.figures(50, "aa") is None


def test_lines_of_a_run_that_was_cut_off_go(history: History) -> None:
    history.cut(100)
    assert [line["step"] for line in history] == [50, 100, 100]
    History(history.path.with_name("none.jsonl")).cut(0)


@pytest.mark.parametrize("spoilt", SPOILT)
def test_lines_half_written_or_of_another_kind_are_passed_over(
    spoilt: str, history: History
) -> None:
    with history.path.open("a") as file:
        file.write(spoilt)
    assert len(list(history)) == 4
    history.cut(1000)
    history.add(State(200, 8.0), loss=0.2)
    assert [line["step"] for line in history] == [50, 100, 100, 150, 200]

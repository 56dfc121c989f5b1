from __future__ import annotations

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from faceswap.training.best import Best
from faceswap.training.examiner import Figures
from faceswap.weights import get_weights


def network(value: float) -> keras.Model:
    net = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    net.layers[0].kernel.assign(np.full((2, 3), value))
    return net


def scored(score: float) -> Figures:
    names = {name: 0.5 for name in Figures.__struct_fields__}
    return Figures(**names | {"mouth": None, "score": score})


@pytest.fixture
def best(tmp_path: Path) -> Best:
    best = Best(tmp_path / "best", "01234567")
    for step, score in ((500, 0.5), (1000, 0.7), (1500, 0.6)):
        best.offer(network(step), step, scored(score))
    return best


def test_the_best_is_kept_and_nothing_else(best: Best) -> None:
    record = best.record()
    assert record is not None and record.step == 1000
    assert record.figures == scored(0.7)
    for name, values in get_weights(network(1000)).items():
        np.testing.assert_array_equal(best.weights(record)[name], values)
    assert [place.name for place in best.folder.iterdir()] == ["000001000"]


def test_the_first_of_equals_stays(best: Best) -> None:
    best.offer(network(0), 2000, scored(0.7))
    record = best.record()
    assert record is not None and record.step == 1000


def test_a_kill_before_the_old_one_went_leaves_the_better(best: Best, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(best.folder / "000001000", old)
    best.offer(network(1), 2000, scored(0.9))
    shutil.copytree(old, best.folder / "000001000")
    (best.folder / "000002500.partial").mkdir()
    record = best.record()
    assert record is not None and record.step == 2000


@pytest.mark.parametrize("name", ["weights.safetensors", "best.json"])
def test_a_damaged_set_is_none(name: str, best: Best) -> None:
    path = best.folder / "000001000" / name
    path.write_bytes(path.read_bytes()[:-5] + b"12345")
    assert best.record() is None
    best.offer(network(3), 2000, scored(0.1))
    record = best.record()
    assert record is not None and record.step == 2000


def test_scores_of_other_faces_do_not_count(best: Best) -> None:
    other = Best(best.folder, "89abcdef")
    assert other.record() is None
    other.offer(network(3), 2000, scored(0.1))
    record = other.record()
    assert record is not None and record.step == 2000
    assert best.record() is None

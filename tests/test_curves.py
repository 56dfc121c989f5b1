import numpy as np
import pytest

from faceswap.training.curves import CURVES, GAP, POINTS, SIDE, STRIP, page
from faceswap.training.examiner import Figures

NAMES = ("source", "its copy", "target", "its copy", "swap")


def columns(count, size=64):
    values = np.linspace(0, 1, count * len(NAMES)).reshape(len(NAMES), count)
    return [
        (name, np.broadcast_to(np.float32(v)[:, None, None, None], (count, size, size, 3)))
        for name, v in zip(NAMES, values, strict=True)
    ]


def history(measured=3, losses=5):
    figures = dict.fromkeys(Figures.__struct_fields__, 0.5)
    exams = [figures | {"score": n, "gain": 0.1 * n, "mouth": None} for n in range(measured)]
    lines = [{"step": n, "seconds": 60.0 * n, "held_out": exam} for n, exam in enumerate(exams)]
    return lines + [{"step": n, "seconds": 30.0 * n, "loss": 1 / (n + 1)} for n in range(losses)]


@pytest.mark.parametrize("count", [1, 6, 7])
def test_faces_stand_in_groups_beside_each_other(count):
    picture = page(columns(count), history(), "step 1")
    rows = -(-count // 2)
    assert picture.shape == (2 * STRIP + rows * SIDE + CURVES, 2 * 5 * SIDE + GAP, 3)
    assert picture.dtype == np.uint8
    swap = dict(columns(count))["swap"]
    for number in range(count):
        group, row = divmod(number, rows)
        y = 2 * STRIP + row * SIDE + SIDE // 2
        x = group * (5 * SIDE + GAP) + 4 * SIDE + SIDE // 2
        assert picture[y, x] == pytest.approx(swap[number, 0, 0] * 255, abs=1)


def test_curves_lie_below_the_faces_and_show_the_history():
    empty, full, more = (page(columns(2), h, "") for h in ([], history(), history(4, 900)))
    assert (empty[:-CURVES] == full[:-CURVES]).all()
    quarter = full.shape[1] // 4
    for panel in range(4):
        part = np.s_[-CURVES:, panel * quarter : (panel + 1) * quarter]
        assert (empty[part] != full[part]).any()
    assert (more[-CURVES:] != full[-CURVES:]).any()


def test_long_histories_cost_no_more_points():
    from faceswap.training.curves import _thinned

    values = np.stack([np.arange(9999.0), np.ones(9999)], axis=1)
    thin = _thinned(values)
    assert thin.shape == (POINTS, 2)
    assert thin[:, 0].mean() == pytest.approx(9999 / 2, rel=0.01)
    np.testing.assert_array_equal(_thinned(values[:9]), values[:9])

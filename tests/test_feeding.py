import numpy as np
import pytest

from faceswap.data.feeding import warped_pairs
from faceswap.data.packed import PackedFaces
from stages.rates import Rates
from stages.train import Train
from test_train import make_work


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    work = make_work(tmp_path_factory.mktemp("job"))
    return {side: PackedFaces(work.require(f"{side}/pairs")) for side in ("source", "target")}


@pytest.mark.parametrize("kind", [Train, Rates])
def test_whoever_trains_is_fed_what_its_loss_looks_at(kind, sides):
    """A mask, where the face alone is learnt or a term asks for it."""
    for options, channels in (({}, 3), ({"masked": True}, 4), ({"loss": ("style=1",)}, 4)):
        stage = kind(model="original", batch=2, accumulate=3, sampling="all", **options)
        pairs = warped_pairs(stage, stage.recipe(), sides)
        inputs, targets, _ = pairs(0)
        assert inputs["source"].shape == (6, 64, 64, 3)
        assert targets["source"].shape == (6, 64, 64, channels)
        assert pairs.sampling == "all"


def test_faces_that_are_held_out_are_not_fed(sides):
    stage = Train(model="original", batch=4)
    learnt = {side: np.array([1, 2]) for side in sides}
    assert set(warped_pairs(stage, stage.recipe(), sides, learnt).order(0, 0)) == {1, 2}

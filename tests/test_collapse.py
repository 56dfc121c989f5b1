import keras
import numpy as np
import pytest

from faceswap.errors import Diverged
from faceswap.stage import Progress
from faceswap.training.checkpoint import Checkpoints
from faceswap.training.collapse import STEPS, Collapse, Seen
from faceswap.training.keeper import Keeper, guarded
from faceswap.training.training import Clock


def watched(losses, segment=50, watch=None):
    """The step at which it is told, if any, of a mean over each segment as Keras gives it."""
    watch = watch or Collapse("l1")
    for step, _ in enumerate(losses):
        begun = step // segment * segment
        if watch(step - begun, float(np.mean(losses[begun : step + 1]))):
            return step
    return None


FALLING = np.geomspace(1.0, 0.1, 400).tolist()


def test_a_loss_that_falls_or_trembles_is_none():
    noise = np.random.default_rng(0).lognormal(0, 0.4, 400)
    assert watched(FALLING) is None
    assert watched(list(np.multiply(FALLING, noise))) is None
    assert watched([1.0] * 400) is None


def test_a_loss_that_is_back_where_it_began_is_told_of():
    assert 400 < watched([*FALLING, *[1.2] * 200]) < 400 + 4 * STEPS


def test_what_was_seen_is_gone_on_with_unless_the_loss_is_another():
    whole, first = Collapse("l1"), Collapse("l1")
    watched(FALLING, watch=whole)
    watched(FALLING[:200], watch=first)
    again = Collapse("l1")
    again.resume(first.seen)
    watched(FALLING[200:], watch=again)
    assert again.seen.steps == whole.seen.steps
    assert again.seen.mean == pytest.approx(whole.seen.mean, rel=1e-6)
    other = Collapse("mse")
    other.resume(first.seen)
    assert other.seen == Seen("mse")


def trained(folder, losses, saves):
    """Faked: steps of these losses, with a checkpoint after some of them."""
    net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    net.compile("sgd", jit_compile=False)
    clock, checkpoints = Clock(collapse=Collapse("l1")), Checkpoints(folder)
    if state := checkpoints.restore(net, pytest.fail):
        clock.resume(state)
    keeper = Keeper(clock, checkpoints, 1e9)
    keeper.set_model(net)
    with guarded(keeper, net, Progress(), False):
        for loss in losses[clock.step :]:
            clock.step += 1
            net.optimizer.iterations.assign(clock.step)
            if clock.collapse(0, loss):
                raise FloatingPointError("back")
            if clock.step in saves:
                keeper.save()
        raise KeyboardInterrupt


def steps(folder):
    return [int(place.name) for place in Checkpoints(folder).sets()]


COLLAPSING = [*FALLING, *[1.2] * 200]


@pytest.mark.parametrize(
    ("saves", "left"),
    [
        ((200, 300, 401), [200, 300]),
        ((200, 300, 395, 405, 440), [300]),
        # There is none from before.
        ((401, 440), [401]),
        ((), []),
    ],
)
def test_a_collapse_is_gone_back_from_to_before_it(saves, left, tmp_path):
    with pytest.raises(Diverged, match=f"rolled back to step {max(left, default=0)}"):
        trained(tmp_path, COLLAPSING, saves)
    assert steps(tmp_path) == left


def test_what_an_interrupt_saves_in_doubt_is_kept_until_the_collapse_is_told(tmp_path):
    for until in (390, 405, 420):
        with pytest.raises(KeyboardInterrupt):
            trained(tmp_path, COLLAPSING[:until], (200, 300))
        assert steps(tmp_path)[-1] == until
    assert steps(tmp_path) == [300, 390, 420]
    with pytest.raises(Diverged, match="rolled back to step 300"):
        trained(tmp_path, COLLAPSING, ())
    # Had it been none, it would have gone on from where it was.
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path, FALLING, ())
    assert steps(tmp_path) == [300, 400]


def test_a_damaged_checkpoint_is_no_way_back(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path, COLLAPSING[:405], (200, 300))
    (tmp_path / "000000200" / "weights.safetensors").write_bytes(b"")
    (tmp_path / "000000300" / "weights.safetensors").write_bytes(b"")
    Checkpoints(tmp_path).retreat(350)
    assert steps(tmp_path)[-1] == 405

import numpy as np
import pytest

from faceswap.training.collapse import STEPS, Collapse, Seen


def watched(losses, segment=50, watch=None):
    """The step at which it is told, if any, of a mean over each segment as Keras gives it."""
    watch = watch or Collapse("l1")
    for step, _ in enumerate(losses):
        begun = step // segment * segment
        if watch(step - begun, float(np.mean(losses[begun : step + 1]))):
            return step
    return None


FALLING = list(np.geomspace(1.0, 0.1, 400))


def test_a_loss_that_falls_or_trembles_is_none():
    noise = np.random.default_rng(0).lognormal(0, 0.4, 400)
    assert watched(FALLING) is None
    assert watched(list(FALLING * noise)) is None
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

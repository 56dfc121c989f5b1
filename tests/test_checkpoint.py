import keras
import numpy as np
import pytest

from faceswap.errors import Damaged, ModelMismatch
from faceswap.training.checkpoint import Checkpoints, State
from faceswap.weights import get_weights


def network(units: int = 3) -> keras.Model:
    net = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(units), keras.layers.Dropout(0.5)]
    )
    net.compile(keras.optimizers.Adam(1e-2), loss="mse", jit_compile=False)
    return net


def train(net: keras.Model, steps: int) -> None:
    for _ in range(steps):
        net.train_on_batch(np.ones((2, 4)), np.ones((2, 3)))


def same(one: keras.Model, two: keras.Model) -> bool:
    pairs = zip(get_weights(one).values(), get_weights(two).values(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def test_restored_training_goes_on_as_if_never_stopped(tmp_path):
    # Dropout draws from a state of its own: it has to come back too.
    net, other = network(), network()
    train(net, 3)
    Checkpoints(tmp_path).save(net, State(3, 1.5))
    train(net, 2)
    state = Checkpoints(tmp_path).restore(other, pytest.fail)
    assert state is not None and (state.step, state.seconds) == (3, 1.5)
    train(other, 2)
    assert same(net, other)
    assert int(other.optimizer.iterations) == 5


def test_only_the_newest_are_kept(tmp_path):
    checkpoints = Checkpoints(tmp_path, keep=2)
    net = network()
    for step in (1, 2, 10):
        checkpoints.save(net, State(step, 0.0))
    (tmp_path / "000000011.partial").mkdir()
    checkpoints.prune(1)
    assert [p.name for p in tmp_path.iterdir()] == ["000000010"]


@pytest.mark.parametrize("spoil", ["weights.safetensors", "optimizer.safetensors", "state.json"])
@pytest.mark.parametrize("how", ["cut", "gone"])
def test_damaged_set_is_passed_over(spoil, how, tmp_path):
    checkpoints, net, other = Checkpoints(tmp_path), network(), network()
    checkpoints.save(net, State(1, 0.0))
    checkpoints.save(net, State(2, 0.0))
    path = tmp_path / "000000002" / spoil
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-3])
    told = []
    state = checkpoints.restore(other, told.append)
    assert state is not None and state.step == 1
    assert same(net, other)
    assert len(told) == 1 and "goes on from 000000001" in told[0]
    # It is out of the way, and there to be looked at.
    assert [p.name for p in checkpoints.sets()] == ["000000001"]
    assert (tmp_path / "000000002.damaged").is_dir()


def test_without_a_whole_set_training_does_not_begin_anew_by_itself(tmp_path):
    Checkpoints(tmp_path).save(network(), State(1, 0.0))
    path = tmp_path / "000000001" / "weights.safetensors"
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    with pytest.raises(Damaged, match="no other checkpoint is whole"):
        Checkpoints(tmp_path).restore(network(), pytest.fail)
    assert path.exists()


def test_nothing_to_restore(tmp_path):
    assert Checkpoints(tmp_path / "none").restore(network(), pytest.fail) is None


def test_weights_that_are_no_numbers_are_not_saved(tmp_path):
    net = network()
    net.layers[0].kernel.assign(np.full((4, 3), np.nan))
    with pytest.raises(FloatingPointError):
        Checkpoints(tmp_path).save(net, State(1, 0.0))
    assert not Checkpoints(tmp_path).sets()


def test_set_of_another_network_is_refused(tmp_path):
    Checkpoints(tmp_path).save(network(), State(1, 0.0))
    with pytest.raises(ModelMismatch, match=r"is float32 \(4, 5\), found float32 \(4, 3\)"):
        Checkpoints(tmp_path).restore(network(5), pytest.fail)

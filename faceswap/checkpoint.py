"""Training as it stood at a step: weights, optimiser and counters, whole or not there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from faceswap import durable
from faceswap.errors import Damaged
from faceswap.model import Weights, assign, get_weights, named, put_weights, read_weights

#: The files of a set beside `state.json`.
PARTS = ("weights", "optimizer")


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The counters of a checkpoint set, and the SHA-256 of its files."""

    step: int
    seconds: float
    digests: dict[str, str] = {}


@dataclass(frozen=True)
class Checkpoints:
    """The checkpoint sets in a folder, one folder a set, named by their step.

    A set is written beside its place, brought to the disk and renamed, so that a kill leaves the
    one before. Batches are drawn from the seed and the step, so the step is their random state;
    that of layers (dropout) is among the network's weights.
    """

    folder: Path
    keep: int = 2

    def save(self, net: Any, state: State) -> None:
        """Write the set of `state.step`, and take away all but the newest `keep`.

        Raises:
            FloatingPointError: If a weight is no number; nothing is written then.
        """
        from safetensors.numpy import save as pack

        arrays = dict(zip(PARTS, (get_weights(net), _numbers(net)), strict=True))
        if not all(_finite(a) for part in arrays.values() for a in part.values()):
            raise FloatingPointError("a weight is not a finite number")
        final = self.folder / f"{state.step:09d}"
        draft = self.folder / f"{state.step:09d}.partial"
        durable.remove(draft)
        draft.mkdir(parents=True)
        digests = {}
        try:
            for part, values in arrays.items():
                data = pack(values)
                digests[part] = hashlib.sha256(data).hexdigest()
                (draft / f"{part}.safetensors").write_bytes(data)
            whole = msgspec.structs.replace(state, digests=digests)
            (draft / "state.json").write_bytes(msgspec.json.encode(whole) + b"\n")
            durable.publish(draft, final)
        except OSError:
            # On a full disk half a set would take up what is left.
            durable.remove(draft)
            raise
        self.prune(self.keep)

    def restore(self, net: Any, tell: Callable[[str], None]) -> State | None:
        """Bring `net` to the newest whole set and say which; None, and no change, without one.

        The network has to be compiled. Damaged sets are passed over, and `tell` is told so.

        Raises:
            ModelMismatch: If the set is another model's.
            Damaged: If there are sets, and none is whole.
        """
        place, wrong = self.newest()
        if place is None:
            return None
        for bad, why in wrong.items():
            aside = durable.set_aside(bad, bad.with_name(f"{bad.name}.damaged"))
            tell(f"{why}: it is called {aside.name} now, and training goes on from {place.name}")
        weights, numbers = (read_weights(place / f"{part}.safetensors") for part in PARTS)
        put_weights(net, weights)
        assign(_optimizer_variables(net), numbers)
        return _state(place)

    def newest(self) -> tuple[Path | None, dict[Path, str]]:
        """The newest whole set, or None without any; and what is wrong with newer ones.

        Raises:
            Damaged: If there are sets, and none is whole.
        """
        wrong: dict[Path, str] = {}
        for place in reversed(self.sets()):
            try:
                _state(place)
            except Damaged as error:
                wrong[place] = str(error)
                continue
            return place, wrong
        if wrong:
            raise Damaged(
                f"{next(iter(wrong.values()))}, and no other checkpoint is whole: bring one back "
                "from a copy, or begin anew with --restart; a finished model swaps as before"
            )
        return None, wrong

    def sets(self) -> list[Path]:
        """The folders of the sets, oldest first."""
        return sorted(p for p in self.folder.glob("*") if p.name.isdigit())

    def prune(self, keep: int) -> None:
        """Take away all but the newest `keep` sets, what a kill left, and damaged ones."""
        for place in self.sets()[:-keep]:
            durable.remove(place)
        for spoilt in (*self.folder.glob("*.partial"), *self.folder.glob("*.damaged*")):
            durable.remove(spoilt)


def _state(place: Path) -> State:
    try:
        state = msgspec.json.decode((place / "state.json").read_bytes(), type=State)
        for part in PARTS:
            data = (place / f"{part}.safetensors").read_bytes()
            if hashlib.sha256(data).hexdigest() != state.digests[part]:
                raise Damaged(f"{place}: {part} has changed since it was written")
    except (OSError, KeyError, msgspec.DecodeError) as error:
        raise Damaged(f"{place} is not a whole checkpoint set: {error}") from None
    return state


def _optimizer_variables(net: Any) -> dict[str, Any]:
    # A network with several optimisers keeps each as an attribute.
    import keras

    kept = [v for v in vars(net).values() if isinstance(v, keras.optimizers.Optimizer)]
    for optimizer in kept:
        if not optimizer.built:
            optimizer.build(net.trainable_variables)
    unique = {id(o): o for o in kept}.values()
    return named([variable for optimizer in unique for variable in optimizer.variables])


def _numbers(net: Any) -> Weights:
    return {name: np.asarray(v.numpy()) for name, v in _optimizer_variables(net).items()}


def _finite(array: NDArray[Any]) -> bool:
    # The sum is finite if all are: a tenth of the time and memory of isfinite on each.
    total = np.sum(array, dtype=np.float64) if array.dtype.kind == "f" else 0.0
    return bool(np.isfinite(total))

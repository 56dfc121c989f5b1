"""Training as it stood at a step: weights, optimiser and counters, whole or not there."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np

from faceswap.errors import Damaged, ModelMismatch
from faceswap.optimizers.averaged import means
from faceswap.storage import durable
from faceswap.storage.untrusted import load_json
from faceswap.training.collapse import Seen
from faceswap.training.competing import DISCRIMINATORS
from faceswap.weights import (
    Weights,
    assign,
    finite,
    get_weights,
    named,
    put_weights,
    unpack,
    weights_bytes,
)

#: The files of a set beside `state.json`.
PARTS = ("weights", "optimizer")


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The counters of a checkpoint set, and the SHA-256 of its files.

    `halved` is how often the rate was, because training had diverged; `losses` what `Collapse`
    knows.
    """

    step: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    seconds: Annotated[float, msgspec.Meta(ge=0, le=1e12)]
    digests: dict[str, str] = {}
    halved: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    losses: Seen | None = None


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
        """Write the set of `state.step`, and take away older ones as `prune` does.

        Raises:
            FloatingPointError: If a weight is no number; nothing is written then.
        """
        from safetensors.numpy import save as pack

        arrays = dict(zip(PARTS, (get_weights(net), _numbers(net)), strict=True))
        arrays |= {part: _values(variables) for part, variables in _beside(net).items()}
        if not all(finite(a) for part in arrays.values() for a in part.values()):
            raise FloatingPointError("a weight is not a finite number")
        final = self.folder / f"{state.step:09d}"
        draft = self.folder / f"{state.step:09d}.partial"
        durable.remove(draft)
        durable.make_folder(self.folder)
        draft.mkdir()
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
        state, parts = _read(place)
        put_weights(net, parts["weights"])
        try:
            _resume(net, parts["optimizer"])
        except ModelMismatch as error:
            raise ModelMismatch(
                f"{place} was learnt in another way ({error}): give the options of before; or keep "
                "the weights alone: copy the model and begin anew with --restart --from-model COPY"
            ) from None
        for part, variables in _beside(net).items():
            # Discriminators may be switched on late: then they begin to learn now.
            if part in parts:
                assign(variables, parts[part])
        return state

    def newest(self) -> tuple[Path | None, dict[Path, str]]:
        """The newest whole set, or None without any; and what is wrong with newer ones.

        Raises:
            Damaged: If there are sets, and none is whole.
        """
        wrong: dict[Path, str] = {}
        for place in reversed(self.sets()):
            try:
                _read(place)
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
        return sorted(p for p in self.folder.glob("*") if re.fullmatch("[0-9]{9,18}", p.name))

    def retreat(self, step: int) -> None:
        """Take away the sets after a step; where all whole ones are, all but the first of them."""
        whole = [place for place in self.sets() if _whole(place)]
        kept = [place for place in whole if int(place.name) <= step] or whole[:1]
        for place in self.sets() if kept else ():
            if place > kept[-1]:
                durable.remove(place)

    def prune(self, keep: int) -> None:
        """Take away all but the newest set, and the newest `keep` in which no collapse may be.

        And what a kill left, and damaged ones.
        """
        sets = self.sets()
        sound = [place for place in sets if not _doubted(place)] or sets
        for place in sets[:-1]:
            if place not in sound[-keep:]:
                durable.remove(place)
        for spoilt in (*self.folder.glob("*.partial"), *self.folder.glob("*.damaged*")):
            durable.remove(spoilt)


def _state(place: Path) -> State:
    return load_json(place / "state.json", State, "is not of a checkpoint", "train again")


def _doubted(place: Path) -> bool:
    """Whether the network of a set may have collapsed already; one that cannot be read has."""
    try:
        losses = _state(place).losses
    except Damaged:
        return True
    return bool(losses and losses.doubted)


def _whole(place: Path) -> bool:
    try:
        _read(place)
    except Damaged:
        return False
    return True


def _read(place: Path) -> tuple[State, dict[str, Weights]]:
    """The counters and the parts of a set; raises `Damaged` where it is not whole."""
    state = _state(place)
    there = [*PARTS, *(part for part in DISCRIMINATORS if part in state.digests)]
    return state, {part: _part(place, part, state) for part in there}


def _part(place: Path, part: str, state: State) -> Weights:
    """The arrays of one file of a set; raises `Damaged` where it is not whole."""
    path = place / f"{part}.safetensors"
    data = weights_bytes(path)
    if hashlib.sha256(data).hexdigest() != state.digests.get(part):
        raise Damaged(f"{path} has changed since it was written: train again")
    return unpack(path, data)


def _beside(net: Any) -> dict[str, dict[str, Any]]:
    """What learns along and is no part of the network, by the name of its file."""
    rivals = getattr(net, "rivals", None)
    return {rivals.kind: named(rivals.variables)} if rivals else {}


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
    return _values(_optimizer_variables(net))


def _values(variables: dict[str, Any]) -> Weights:
    return {name: np.asarray(v.numpy()) for name, v in variables.items()}


def _resume(net: Any, numbers: Weights) -> None:
    """Give the optimisers their numbers; a new mean of the weights begins at the weights."""
    variables = _optimizer_variables(net)
    kept, now = ({name.split("/")[1] for name in names} for names in (numbers, variables))
    if numbers and kept != now:
        raise ModelMismatch(f"by {', '.join(sorted(kept))}, not {', '.join(sorted(now))}")
    kin = {id(mean): weight for mean, weight in means(net)}
    new = {n: v for n, v in variables.items() if id(v) in kin and n not in numbers}
    assign({name: v for name, v in variables.items() if name not in new}, numbers)
    for variable in new.values():
        variable.assign(kin[id(variable)])

"""Starting: a network that begins with what another has learnt, and parts that learn no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from faceswap.errors import BadOption, ModelMismatch
from faceswap.training.learnt import learnt
from faceswap.weights import unnumbered

#: What is known of a variable without Keras' running numbers: its path and its shape.
Kind = tuple[str, tuple[int, ...]]


class Taken(NamedTuple):
    """Which parts of a network have another's weights, and which begin anew."""

    parts: list[str]
    anew: list[str]

    def __str__(self) -> str:
        """In words."""
        rest = f"; anew: {', '.join(self.anew)}" if self.anew else ""
        return f"{', '.join(self.parts)}{rest}"


def begin_from(net: Any, path: Path, names: Sequence[str] = ()) -> Taken:
    """Give `net` the weights of a workspace, or of a model's or a snapshot's folder.

    A part, that is a layer or submodel of the network by its name, is taken whole where the other
    network has one with the same variables, and else left.

    Args:
        net: Compiled or not.
        path: Where the other is.
        names: The parts that are to be taken; none: all that are alike.

    Raises:
        BadOption: If there is no part of such a name.
        ModelMismatch: If no part is alike, or one of those named is not.
        MissingArtefact: If nothing has been learnt there.
    """
    model, other = learnt(path, "float32")
    own, given = parts(net), parts(other)
    _known("take", names, own)
    alike = [n for n in own if n in given and _kinds(own[n]) == _kinds(given[n])]
    taken = list(names) or alike
    unfit = [name for name in taken if name not in alike]
    if unfit or not taken:
        wrong = f"{', '.join(unfit)} is not alike" if unfit else "no part fits"
        raise ModelMismatch(
            f"{path} holds {model.name}, of which {wrong}: it has "
            f"{', '.join(given)}; give the same --model and --set, or leave --from-model out"
        )
    for name in taken:
        for mine, theirs in zip(own[name].variables, given[name].variables, strict=True):
            mine.assign(theirs.numpy())
    return Taken(taken, [name for name in own if name not in taken])


def freeze(net: Any, names: Sequence[str]) -> None:
    """Let parts of a network that is not yet compiled learn no more.

    Raises:
        BadOption: If there is no such part, or nothing would be left to learn.
    """
    known = parts(net)
    _known("freeze", names, known)
    for name in names:
        known[name].trainable = False
    if names and not net.trainable_variables:
        raise BadOption("freeze: nothing is left to learn: freeze fewer parts")


def parts(net: Any) -> dict[str, Any]:
    """The layers and submodels of a network that have weights, by name."""
    return {layer.name: layer for layer in net.layers if layer.weights}


def _known(option: str, names: Sequence[str], own: Mapping[str, Any]) -> None:
    for name in names:
        if name not in own:
            raise BadOption(f"{option}: no part `{name}`: the network has {', '.join(own)}")


def _kinds(part: Any) -> list[Kind]:
    return [(unnumbered(v), tuple(v.shape)) for v in part.variables]

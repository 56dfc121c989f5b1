"""The weights of a network: by name, as arrays, as bytes of a safetensors file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap.errors import Damaged, ModelMismatch
from faceswap.storage import limits
from faceswap.storage.untrusted import read_bytes, said

Weights = dict[str, NDArray[Any]]


def read_weights(path: Path) -> Weights:
    """The arrays of a safetensors file by name; raises `Damaged` where it is none."""
    return unpack(path, weights_bytes(path))


def weights_bytes(path: Path) -> bytes:
    """What a safetensors file holds; raises `Damaged` where it cannot be read."""
    try:
        return read_bytes(path, limits.WEIGHTS_BYTES)
    except OSError as error:
        raise Damaged(f"{path} cannot be read ({said(error)}): train again") from None


def unpack(path: Path, data: bytes) -> Weights:
    """The arrays in the bytes of a safetensors file; raises `Damaged` where they are none."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        weights: Weights = load(data)
    except (SafetensorError, TypeError, KeyError, ValueError) as error:
        raise Damaged(f"{path} is not a model's weights ({said(error)}): train again") from None
    for name, array in weights.items():
        if not finite(array):
            raise Damaged(f"{path}: {name[: limits.QUOTED]} is not finite: train again")
    return weights


def finite(array: NDArray[Any]) -> bool:
    """Whether all numbers of an array are."""
    # The sum is finite if all are: a tenth of the time and memory of isfinite on each.
    with np.errstate(all="ignore"):
        total = np.sum(array, dtype=np.float64) if array.dtype.kind == "f" else 0.0
    return bool(np.isfinite(total))


def get_weights(net: Any) -> Weights:
    """Every number of a network that training changes, by name in a fixed order."""
    return {name: np.asarray(v.numpy()) for name, v in named(_variables(net)).items()}


def put_weights(net: Any, weights: Weights) -> None:
    """Give a network the weights that `get_weights` took from one of the same recipe."""
    assign(named(_variables(net)), weights)


def named(variables: list[Any]) -> dict[str, Any]:
    """The variables by their place in the list and their path without Keras' running numbers.

    Keras numbers unnamed layers through the life of a process; the place in the list does not
    depend on what else was built.
    """
    return {f"{n:03d}/{unnumbered(v)}": v for n, v in enumerate(variables)}


def unnumbered(variable: Any) -> str:
    """A variable's path without Keras' running numbers."""
    return re.sub(r"_[0-9]+(?=[/_]|$)", "", variable.path)


def assign(variables: dict[str, Any], values: Weights) -> None:
    """Set each variable to the value of its name; raises `ModelMismatch` unless all fit."""
    for name, variable in variables.items():
        given = values.get(name)
        fits = given is not None and given.shape == tuple(variable.shape)
        # Of another kind it would be rounded, or cut off, without a word.
        if given is None or not fits or str(given.dtype) != variable.dtype:
            asked = f"{variable.dtype} {tuple(variable.shape)}"
            found = "no such array" if given is None else f"{given.dtype} {given.shape}"
            raise ModelMismatch(f"weights do not fit the model: {name} is {asked}, found {found}")
    for name, variable in variables.items():
        variable.assign(values[name])


def _variables(net: Any) -> list[Any]:
    metrics = {id(v) for v in net.metrics_variables}
    return [v for v in net.variables if id(v) not in metrics]

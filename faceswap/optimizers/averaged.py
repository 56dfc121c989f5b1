"""A network with the running mean of its weights in their place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def averaged(net: Any) -> Iterator[None]:
    """In the block, `net` has the mean of its weights where its optimiser keeps one."""
    pairs = means(net)
    if not pairs or not int(_inner(net).iterations.numpy()):
        yield
        return
    kept = [np.asarray(weight.numpy()) for _, weight in pairs]
    try:
        for mean, weight in pairs:
            weight.assign(mean)
        yield
    finally:
        for (_, weight), value in zip(pairs, kept, strict=True):
            weight.assign(value)


def means(net: Any) -> list[tuple[Any, Any]]:
    """The running means of a network's weights that its optimiser keeps, each with its weight."""
    kept = getattr(_inner(net), "means", [])
    return list(zip(kept, net.trainable_variables, strict=False))


def _inner(net: Any) -> Any:
    """The optimiser, without what scales the loss."""
    return getattr(net.optimizer, "inner_optimizer", net.optimizer)

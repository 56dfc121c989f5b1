"""A network with the running mean of its weights in their place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def averaged(net: Any) -> Iterator[None]:
    """In the block, `net` has the mean of its weights where its optimiser keeps one."""
    optimizer = getattr(net.optimizer, "inner_optimizer", net.optimizer)
    means = getattr(optimizer, "means", [])
    if not means or not int(optimizer.iterations.numpy()):
        yield
        return
    weights = net.trainable_variables
    kept = [np.asarray(weight.numpy()) for weight in weights]
    try:
        for weight, mean in zip(weights, means, strict=True):
            weight.assign(mean)
        yield
    finally:
        for weight, value in zip(weights, kept, strict=True):
            weight.assign(value)

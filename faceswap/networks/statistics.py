"""Statistics: a network without layers, whose weights are figures of faces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike, NDArray


class Statistics(keras.Model):  # type: ignore[misc]  # Keras has no types
    """Arrays by name that are saved and loaded as a network's weights are.

    Args:
        shapes: The shape of each array; all begin as zeros.
    """

    def __init__(self, shapes: Mapping[str, Sequence[int]]) -> None:
        super().__init__(name="statistics", dtype="float32")
        self.places = {
            name: self.add_weight(
                shape=tuple(shape), initializer="zeros", trainable=False, name=name
            )
            for name, shape in shapes.items()
        }

    def call(self, inputs: Any) -> Any:
        """The same: there is nothing to compute."""
        return inputs

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        """An array."""
        return np.asarray(self.places[name].numpy(), np.float32)

    def __setitem__(self, name: str, values: ArrayLike) -> None:
        """Put an array's numbers there."""
        self.places[name].assign(np.asarray(values, np.float32))

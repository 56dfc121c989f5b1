"""Weights and arithmetic of each model that swaps, and what it makes of a workspace's faces.

python benchmarks/swap_models.py [MODEL[,OPTION=VALUE...]]...
python benchmarks/swap_models.py --trained WORK...
"""

from __future__ import annotations

import math
from typing import Any


def products(net: Any) -> int:
    """Multiplications of all convolutions and matrices of a network, for one picture."""
    import keras

    total = 0
    for layer in net.layers:
        if isinstance(layer, keras.Model):
            total += products(layer)
        elif isinstance(layer, keras.layers.Conv2D):
            total += math.prod(layer.kernel.shape) * math.prod(layer.output.shape[1:3])
        elif isinstance(layer, keras.layers.Dense):
            total += math.prod(layer.kernel.shape)
    return total

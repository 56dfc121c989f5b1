"""Counts the weights of each model that swaps, and the arithmetic of one face it swaps.

    python benchmarks/arithmetic.py [MODEL ...]

GFLOP: of the convolutions and matrices of the encoder and of the source's decoder, two for each
multiplication; the products of attention are not among them. Nothing is timed.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

#: The rows of docs/swap-models.md: a model and its options.
ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("lite", {}),
    *(("residual", {"size": size}) for size in (64, 128, 256)),
    *(("original", {"size": size}) for size in (64, 128, 256)),
    *(("faceswap_gan", {"size": size}) for size in (64, 128, 256)),
    ("faceswap_gan", {"lite": True}),
    ("df", {}),
    ("liae", {}),
)
#: Parts of a network that draw the target again, and not the swap.
BESIDE = ("decoder_target", "inter_B")


def main() -> None:
    """Print a line for each row."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("models", nargs="*", help="some of them alone, by name")
    asked = parser.parse_args().models
    from faceswap import backend, plugins

    backend.start()
    import keras

    for name, options in ROWS:
        if asked and name not in asked:
            continue
        net = plugins.load("models", name)(**options).build()
        said = " ".join(f"{key}={value}" for key, value in options.items())
        millions, flop = net.count_params() / 1e6, 2 * sum(products(net)) / 1e9
        print(f"{name:13} {said:10} {millions:6.1f} M weights {flop:5.1f} GFLOP a face", flush=True)
        keras.utils.clear_session()


def products(net: Any) -> Iterator[int]:
    """The multiplications of each layer of a network that a swapped face passes."""
    for layer in net.layers:
        if layer.name in BESIDE:
            continue
        if hasattr(layer, "layers"):
            yield from products(layer)
            continue
        for part in layer._flatten_layers():
            if hasattr(part, "kernel"):
                # The convolutions within an attention see each of its places once.
                yield math.prod(layer.output.shape[1:-1]) * math.prod(part.kernel.shape)


if __name__ == "__main__":
    main()

"""Times a training step of `original` as Keras does it plainly and as this project does it.

Run it on an idle machine: ``python benchmarks/train_step.py --batch 16 --steps 10``. The ratios
count; the figures are this machine's. Plain is two autoencoders over one encoder, trained in turn
by `train_on_batch` with Keras' own layers and Adam.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

SIDES = ("source", "target")


def main() -> None:
    """Print images a second of each way, and the ratio to the first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=16, help="faces a side")
    parser.add_argument("--steps", type=int, default=10, help="steps timed, after two not timed")
    given = parser.parse_args()
    random = np.random.default_rng(0)
    faces = {s: random.random((given.batch, 64, 64, 3), np.float32) for s in SIDES}
    first = 0.0
    for name, make in ways().items():
        speed = 2 * given.batch / seconds(make(faces), given.steps)
        first = first or speed
        print(f"{name:45} {speed:7.1f} images/s  {speed / first:5.2f} times", flush=True)


def ways() -> dict[str, Callable[[Any], Callable[[], Any]]]:
    """What is compared: by name, a function from the faces to one that takes a step."""
    return {
        "plain Keras, two steps, float32": lambda faces: plain(faces, "float32"),
        "plain Keras, two steps, bfloat16": lambda faces: plain(faces, "bfloat16"),
        "one step, fused Adam, patches, float32": lambda faces: ours(faces, "float32"),
        "one step, fused Adam, patches, bfloat16": lambda faces: ours(faces, "bfloat16"),
    }


def ours(faces: Any, precision: str) -> Callable[[], Any]:
    """The project's step: both sides at once."""
    from faceswap.precision import using
    from models.original import Original

    model = Original()
    with using(precision):
        net = model.build()
    model.compile(net, model.rate)
    return lambda: net.train_on_batch(faces, faces)


def plain(faces: Any, precision: str) -> Callable[[], Any]:
    """Keras' layers and Adam, a step for each side."""
    import keras

    from faceswap.precision import using
    from models.original import Original

    with using(precision):
        net = Original().build()
        parts = {
            name: keras.models.clone_model(net.get_layer(name), clone_function=_plain_layer)
            for name in ("encoder", "decoder_source", "decoder_target")
        }
        picture = keras.Input((64, 64, 3))
        code = parts["encoder"](picture)
        nets = [keras.Model(picture, parts[f"decoder_{side}"](code)) for side in SIDES]
    for each in nets:
        adam = keras.optimizers.Adam(5e-5, beta_1=0.5, beta_2=0.999)
        each.compile(adam, loss="mae", jit_compile=False)
    return lambda: [
        each.train_on_batch(faces[side], faces[side])
        for each, side in zip(nets, SIDES, strict=True)
    ]


def seconds(step: Callable[[], Any], count: int) -> float:
    """The median time of a step, once it is compiled and warm."""
    step(), step()
    times = []
    for _ in range(count):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def _plain_layer(layer: Any) -> Any:
    import keras

    from faceswap.layers import FlatDense, PatchConv2D

    swapped = {PatchConv2D: keras.layers.Conv2D, FlatDense: keras.layers.Dense}
    return swapped.get(type(layer), type(layer)).from_config(layer.get_config())


if __name__ == "__main__":
    main()

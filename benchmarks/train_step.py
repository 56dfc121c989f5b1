"""Times a training step of `original` as Keras does it plainly and as this project does it.

Run it on an idle machine: ``python benchmarks/train_step.py --batch 16 --steps 10``. The ratios
count; the figures are this machine's. Plain is two autoencoders over one encoder, trained in turn
by `train_on_batch` with Keras' own layers and Adam. *Products* are those of all layers, one by one:
forward, of the input's gradient and of the weights'. `fit` is fed as the stage `train` feeds it,
and then with one batch again and again: what the first takes longer is what the feed costs.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faceswap.bench.plain import median, steps

SIDES = ("source", "target")
#: Crops a side of the feed, and their side in pixels; steps before those that are timed.
CROPS, CROP, WARM = 64, 256, 3


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
        speed = 2 * given.batch / median(make(faces), given.steps)
        first = first or speed
        print(f"{name:45} {speed:7.1f} images/s  {speed / first:5.2f} times", flush=True)
    bound = 2 * given.batch / products(given.batch, given.steps)
    print(f"{'its products one by one':45} {bound:7.1f} images/s  {bound / first:5.2f} times")
    for name, batch in (("original", given.batch), ("lite", 8)):
        step, waiting, alone = fed(name, batch, given.steps)
        print(
            f"{f'fit of {name}, real feed':45} {2 * batch / step:7.1f} images/s; "
            f"waiting {waiting / step:.1%}; {step / alone - 1:.1%} more than without a feed",
            flush=True,
        )


def products(batch: int, count: int) -> float:
    """Seconds of all layers' matrix products, one by one, in the precision that is best here."""
    from faceswap.networks.precision import using
    from models.original import Original

    with using("auto") as precision:
        net = Original().build()
    parts = {"encoder": 2 * batch, "decoder_source": batch, "decoder_target": batch}
    return sum(
        layer_products(layer, images, precision, count)
        for part, images in parts.items()
        for layer in net.get_layer(part).layers
        if hasattr(layer, "kernel")
    )


def layer_products(layer: Any, images: int, precision: str, count: int) -> float:
    """Seconds of a layer's three products at the shapes that a step uses."""
    import tensorflow as tf

    rows = images * math.prod(layer.output.shape[1:-1])
    kernel = tf.random.normal((math.prod(layer.kernel.shape[:-1]), layer.kernel.shape[-1]))
    given, above = (tf.random.normal((rows, side)) for side in kernel.shape)
    given, kernel, above = (tf.cast(m, precision) for m in (given, kernel, above))
    ways: list[Callable[[], Any]] = [
        lambda: tf.matmul(given, kernel),
        lambda: tf.matmul(above, kernel, transpose_b=True),
        lambda: tf.matmul(given, above, transpose_a=True),
    ]
    return sum(median(lambda way=way: way()[0, 0].numpy(), count) for way in ways)


def fed(name: str, batch: int, count: int) -> tuple[float, float, float]:
    """Seconds of a step in `fit` with the real feed, of that waiting, and of one with no feed."""
    from faceswap import plugins
    from faceswap.data.dataset import WarpedPairs, batches
    from faceswap.model import PLAIN
    from faceswap.networks.precision import using

    model = plugins.load("models", name)()
    with using("auto"):
        net = model.build()
    model.compile(net, model.rate)
    with TemporaryDirectory() as folder:
        sides = dict.fromkeys(SIDES, packed(Path(folder)))
        pairs = WarpedPairs(sides, model.size, batch, model.augment, 0, PLAIN.lesson(model))
        made: dict[int, tuple[float, float]] = {}
        fitted(net, batches(pairs, 0, made), made, WARM)
        waiting, network = fitted(net, batches(pairs, WARM, made), made, count)
        one = batches(pairs, 0).take(1).cache().repeat()
        fitted(net, one, {}, WARM)
        _, alone = fitted(net, one, {}, count)
    return waiting + network, waiting, alone


def fitted(net: Any, feed: Any, made: Any, count: int) -> tuple[float, float]:
    """Seconds of a step that were waiting for its batch, and those that were the network's."""
    from faceswap import clock
    from faceswap.data.waiting import Waiting

    clock.take()
    net.fit(feed, steps_per_epoch=count, callbacks=[Waiting(made)], verbose=0, shuffle=False)
    spent = clock.take()
    return spent.get("waiting", 0.0) / count, spent["network"] / count


def packed(folder: Path) -> Any:
    """Crops of noise, as large and as many as warp packs of a short film."""
    from faceswap.data.packed import PackedFaces
    from faceswap.pictures.geometry import MEAN_FACE, crop_matrix, transform

    random = np.random.default_rng(0)
    places = transform(MEAN_FACE, crop_matrix(MEAN_FACE, CROP))
    np.save(folder / "faces.npy", random.integers(0, 255, (CROPS, CROP, CROP, 3), np.uint8))
    np.save(folder / "masks.npy", np.full((CROPS, CROP, CROP), 255, np.uint8))
    np.save(folder / "landmarks.npy", np.stack([places] * CROPS).astype(np.float32))
    return PackedFaces(folder)


def ways() -> dict[str, Callable[[Any], Callable[[], Any]]]:
    """What is compared: by name, a function from the faces to one that takes a step."""
    return {
        "plain Keras, two steps, float32": lambda faces: steps("original", faces),
        "plain Keras, two steps, bfloat16": lambda faces: steps("original", faces, "bfloat16"),
        "one step, fused Adam, patches, float32": lambda faces: ours(faces, "float32"),
        "one step, fused Adam, patches, bfloat16": lambda faces: ours(faces, "bfloat16"),
    }


def ours(faces: Any, precision: str) -> Callable[[], Any]:
    """The project's step: both sides at once."""
    from faceswap.networks.precision import using
    from models.original import Original

    model = Original()
    with using(precision):
        net = model.build()
    model.compile(net, model.rate)
    return lambda: net.train_on_batch(faces, faces)


if __name__ == "__main__":
    main()

"""Floors: what the machine can do at most, measured beside what is done."""

from __future__ import annotations

import math
import platform
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import psutil

from faceswap import backend, plugins
from faceswap.films.film import Film
from faceswap.films.media import index_media
from faceswap.films.video import FrameReader
from faceswap.writing.writer import FrameWriter

#: Each is the best of so many.
_RUNS = 3
#: Side of the matrices, and bytes that are copied: more than any cache holds.
_SIDE, _BYTES = 4096, 1 << 28
#: Faces that go through a network at once.
_FACES = 256


def decode(film: Path) -> float:
    """Seconds a frame of the decoder alone, on all cores."""
    count = 0

    def run() -> None:
        nonlocal count
        with Film(film) as opened:
            count = sum(1 for _ in opened.frames())

    return _best(run) / count


def rewrite(media: Path, to: Path) -> float:
    """Seconds a frame of decoder and encoder alone: the film written anew, as merge writes it.

    Args:
        media: A folder with one film.
        to: A file to write.
    """
    index = index_media(media)
    clip = index.clips[0]

    def run() -> None:
        with (
            FrameReader(index, media.parent) as reader,
            FrameWriter(to, clip, media.parent / clip.path) as writer,
        ):
            for _, frame in reader.raw():
                writer.write(frame)

    return _best(run) / len(index)


def copy() -> float:
    """Bytes a second of a copy in memory, by one thread."""
    given = np.ones(_BYTES, np.uint8)
    taken = np.empty_like(given)
    return _BYTES / _best(lambda: np.copyto(taken, given))


def product(precision: str) -> float:
    """Floating point operations a second of a large matrix product by TensorFlow.

    Args:
        precision: `float32`, `bfloat16` or `float16`.
    """
    backend.start()
    import tensorflow as tf

    one, other = (tf.random.uniform((_SIDE, _SIDE), dtype=tf.float32) for _ in range(2))
    one, other = (tf.cast(m, precision) for m in (one, other))
    return 2 * _SIDE**3 / _best(lambda: tf.matmul(one, other).numpy()[0, 0])


def forward(model: Path) -> float:
    """Seconds a face of a saved model's swap alone, in large batches.

    Args:
        model: The folder of the workspace.
    """
    from faceswap.model import Swaps, load

    recipe, net = load(model)
    assert isinstance(recipe, Swaps)
    faces = np.random.default_rng(0).random((_FACES, recipe.size, recipe.size, 3), np.float32)
    return _best(lambda: recipe.swap(net, faces)) / _FACES


def step(model: str) -> float:
    """Seconds an image of a training step whose products all run as a large one does.

    Args:
        model: A name in models/, of a network with an encoder and a decoder a side.
    """
    from faceswap.networks.precision import best, using

    with using("auto"):
        net = plugins.load("models", model)().build()
    each = _products(net.get_layer("encoder")) + _products(net.get_layer("decoder_target"))
    # Forward, and the gradients of what went in and of the weights.
    return 3 * 2 * each / product(best())


def _products(net: Any) -> int:
    """Multiplications of an image's way through a network's convolutions and dense layers."""
    total = 0
    for layer in net.layers:
        if hasattr(layer, "kernel"):
            places = math.prod(layer.output.shape[1:-1])
            total += places * math.prod(layer.kernel.shape)
    return total


def processor() -> str:
    """What the processor calls itself."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def memory() -> int:
    """Bytes of the machine's memory."""
    return int(psutil.virtual_memory().total)


def _best(work: Callable[[], object]) -> float:
    work()
    times = []
    for _ in range(_RUNS):
        begun = perf_counter()
        work()
        times.append(perf_counter() - begun)
    return min(times)

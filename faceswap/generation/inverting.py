"""Inverting: the latents of a given face, or of one that answers to what was painted on it."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap.errors import Unsupported
from faceswap.generation.generative import Encodes, Latents, in_parts
from faceswap.model import Faces

#: What `--by` takes.
WAYS = ("encoder", "optimise", "hybrid")
#: Latents that are tried first where there is no encoder, and how many of them are gone on with.
TRIED, KEPT = 256, 4
#: Adam's rate at the beginning, in deviations of a latent, and the part of it left at the end.
RATE, LAST = 0.15, 0.01
#: What a deviation from the start costs beside the squared error, summed over a face: a small
#: part of what noise of one grey level does.
HELD = 1e-3


class Inverted(NamedTuple):
    """What was found.

    Attributes:
        latents: (n, ...) of each face.
        drawn: (n, s, s, 3) faces drawn from them.
    """

    latents: Latents
    drawn: Faces

    def psnr(self, faces: Faces) -> NDArray[np.float64]:
        """How near each is to a face: decibels of the peak signal-to-noise ratio."""
        error = ((self.drawn - faces) ** 2).mean(axis=(1, 2, 3), dtype=np.float64)
        return np.asarray(-10 * np.log10(error.clip(1e-12)))


def invert(
    model: Any, net: Any, faces: Faces, by: str = "hybrid", steps: int = 300, seed: int = 0
) -> Inverted:
    """The latents whose faces are nearest to the given ones.

    Args:
        model: A model that `Decodes`.
        net: Its network.
        faces: (n, s, s, 3) from 0 to 1.
        by: The `encoder` alone; `optimise` from the nearest of many samples; or `hybrid`: from
            what the encoder says, where there is one.
        steps: Of the optimiser.
        seed: Of the samples.

    Raises:
        Unsupported: Where the encoder is asked and there is none.
    """
    if by != "optimise" and isinstance(model, Encodes):
        start = model.encode(net, faces)
        if by == "encoder":
            return Inverted(start, np.asarray(model.decode(net, start)))
        return sought(model, net, start, faces, np.ones(faces.shape[:3], np.float32), steps)
    if by == "encoder":
        raise Unsupported(f"model {model.name} has no encoder: --by optimise")
    starts = _nearest(model, net, faces, seed)
    weights = np.ones(faces.shape[:3], np.float32)
    found = [sought(model, net, start, faces, weights, steps) for start in starts]
    best = np.argmax([one.psnr(faces) for one in found], axis=0)
    latents = np.stack([found[b].latents[n] for n, b in enumerate(best)])
    return Inverted(latents, np.stack([found[b].drawn[n] for n, b in enumerate(best)]))


def sought(
    model: Any,
    net: Any,
    start: Latents,
    wanted: Faces,
    weights: NDArray[np.float32],
    steps: int,
    held: float = HELD,
) -> Inverted:
    """The latents near to a start whose faces answer to what is wanted, by Adam.

    Args:
        model: A model that `Decodes`.
        net: Its network.
        start: (n, ...) where to begin.
        wanted: (n, s, s, 3).
        weights: (n, s, s) how much each pixel counts.
        steps: Of the optimiser.
        held: What going away from the start costs, a squared deviation.
    """
    import keras
    import tensorflow as tf

    spread = _spread(model, net)
    move = keras.Variable(np.zeros_like(start))
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, steps, LAST))
    optimizer.build([move])

    @tf.function  # type: ignore[untyped-decorator]  # TensorFlow has no types
    def step() -> None:
        with tf.GradientTape() as tape:
            drawn = model.decode(net, start + move.value * spread)
            errors = tf.reduce_sum((drawn - wanted) ** 2, -1) * weights
            loss = tf.reduce_sum(errors) + held * tf.reduce_sum(move.value**2)
        optimizer.apply([tape.gradient(loss, move.value)], [move])

    for _ in range(steps):
        step()
    latents = np.asarray(start + move.numpy() * spread, np.float32)
    return Inverted(latents, np.asarray(model.decode(net, latents), np.float32))


def _spread(model: Any, net: Any) -> Latents:
    """The deviation of each latent."""
    return np.asarray(model.latents(net, TRIED, 1).std(axis=0).clip(1e-3), np.float32)


def _nearest(model: Any, net: Any, faces: Faces, seed: int) -> list[Latents]:
    """Starts for all faces: the nearest samples to each, then the second nearest, and so on."""
    latents = model.latents(net, TRIED, seed)
    drawn = in_parts(partial(model.decode, net), latents)
    flat, given = drawn.reshape(TRIED, -1), faces.reshape(len(faces), -1)
    order = np.argsort(((given[:, None] - flat) ** 2).sum(axis=-1), axis=1)
    return [latents[order[:, n]] for n in range(KEPT)]

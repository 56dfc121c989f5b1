"""The residual networks with self-attention that SAGAN and BigGAN share."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import keras
from keras.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Dense,
    Reshape,
    UpSampling2D,
)

from faceswap.networks.attention import SelfAttention
from faceswap.networks.conditional_layers import ConditionalBatchNorm, Projection
from faceswap.networks.plain_convnets import FIRST, doublings
from faceswap.networks.spectral import SpectralConv2D, SpectralDense

#: Side of the largest maps with attention, and how much wider than the largest map's small ones
#: become.
ATTENTIVE, WIDEST = 16, 8
#: The layer that says what a label stands for.
MEANING = "meaning"


def widths(size: int, width: int) -> list[int]:
    """Channels of the blocks from the smallest map to the largest."""
    return [width * min(WIDEST, 2**n) for n in reversed(range(doublings(size)))]


def generator(
    size: int, latent: int, width: int, classes: int, shared: int = 0, init: str = "glorot_uniform"
) -> Any:
    """Noise "z" and a "label" (n, classes) to (n, size, size, 3) from -1 to 1.

    Without `shared` each block's normalisation has a table of the classes. With it, noise is cut
    into a part for the first layer and one for each block, and a block's normalisation is set by
    its part and what the label stands for: `shared` numbers, the same for all blocks.
    """
    z, label = keras.Input((latent,), name="z"), keras.Input((classes,), name="label")
    filters = widths(size, width)
    first, conditions = z, [label] * len(filters)
    if shared:
        part = latent // (len(filters) + 1)
        first = z[:, : latent - part * len(filters)]
        cuts = range(latent - part * len(filters), latent, part)
        meaning = Dense(shared, use_bias=False, kernel_initializer=init, name=MEANING)(label)
        conditions = [Concatenate()([meaning, z[:, n : n + part]]) for n in cuts]
    flow = SpectralDense(FIRST * FIRST * filters[0], kernel_initializer=init)(first)
    flow, side = Reshape((FIRST, FIRST, filters[0]))(flow), FIRST
    for wide, condition in zip(filters, conditions, strict=True):
        flow, side = _wider(flow, condition, wide, init), 2 * side
        if side == _attentive(size):
            flow = SelfAttention(spectral=True, init=init)(flow)
    flow = Activation("relu")(BatchNormalization(momentum=0.9)(flow))
    flow = SpectralConv2D(3, 3, padding="same", kernel_initializer=init)(flow)
    flow = Activation("tanh", dtype="float32")(flow)
    return keras.Model([z, label], flow, name="generator")


def critic(size: int, width: int, classes: int, init: str = "glorot_uniform") -> Any:
    """Pictures (n, size, size, 3) and labels (n, classes) to scores (n, 1)."""
    picture, label = keras.Input((size, size, 3), name="picture"), keras.Input((classes,))
    filters = widths(size, width)[::-1]
    flow, side = _first(picture, filters[0], init), size // 2
    for before, wide in pairwise(filters):
        if side == _attentive(size):
            flow = SelfAttention(spectral=True, init=init)(flow)
        flow, side = _narrower(flow, before, wide, init, halve=True), side // 2
    flow = _narrower(flow, filters[-1], filters[-1], init, halve=False)
    score = Projection(init)([Activation("relu")(flow), label])
    return keras.Model([picture, label], score, name="critic")


def _attentive(size: int) -> int:
    return min(ATTENTIVE, size // 2)


def _wider(given: Any, condition: Any, filters: int, init: str) -> Any:
    flow = Activation("relu")(ConditionalBatchNorm()([given, condition]))
    flow = _convolved(UpSampling2D()(flow), filters, init)
    flow = Activation("relu")(ConditionalBatchNorm()([flow, condition]))
    flow = _convolved(flow, filters, init)
    return flow + _convolved(UpSampling2D()(given), filters, init, 1)


def _first(picture: Any, filters: int, init: str) -> Any:
    # Of a picture, what is below zero counts: no ReLU before the first convolution.
    flow = _convolved(Activation("relu")(_convolved(picture, filters, init)), filters, init)
    return AveragePooling2D(2)(flow) + _convolved(AveragePooling2D(2)(picture), filters, init, 1)


def _narrower(given: Any, before: int, filters: int, init: str, halve: bool) -> Any:
    flow = _convolved(Activation("relu")(given), filters, init)
    flow = _convolved(Activation("relu")(flow), filters, init)
    beside = given if before == filters else _convolved(given, filters, init, 1)
    both = flow + beside
    return AveragePooling2D(2)(both) if halve else both


def _convolved(flow: Any, filters: int, init: str, kernel: int = 3) -> Any:
    return SpectralConv2D(filters, kernel, padding="same", kernel_initializer=init)(flow)

"""The generator and critic of plain convolutions that the early adversarial models share."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras.layers import (
    Activation,
    BatchNormalization,
    Concatenate,
    Dense,
    Flatten,
    LayerNormalization,
    LeakyReLU,
    Reshape,
    UpSampling2D,
)

from faceswap.networks.layers import PatchConv2D

#: Side of the smallest map, and the slope of the critic below zero.
FIRST, SLOPE = 4, 0.2


def doublings(size: int) -> int:
    """How often the smallest map is doubled to the size."""
    return int(math.log2(size // FIRST))


def generator(size: int, latent: int, width: int, classes: int = 0, kernel: int = 3) -> Any:
    """Noise "z", and with `classes` a "label" (n, classes), to (n, size, size, 3) from -1 to 1.

    Batch normalisation behind every layer but the last, ReLU; a map is doubled by repeating its
    places, which leaves no chequers as strided transposed convolutions do.
    """
    inputs = [keras.Input((latent,), name="z")]
    if classes:
        inputs.append(keras.Input((classes,), name="label"))
    flow = Concatenate()(inputs) if classes else inputs[0]
    filters = width * 2 ** doublings(size) // 2
    flow = Dense(FIRST * FIRST * filters, use_bias=False, kernel_initializer=_init())(flow)
    flow = _normalised(Reshape((FIRST, FIRST, filters))(flow))
    for _ in range(doublings(size) - 1):
        filters //= 2
        flow = _normalised(_convolved(UpSampling2D()(flow), filters, kernel, use_bias=False))
    flow = _convolved(UpSampling2D()(flow), 3, kernel)
    flow = Activation("tanh", dtype="float32")(flow)
    return keras.Model(inputs, flow, name="generator")


def critic(size: int, width: int, norm: str, classes: int = 0, kernel: int = 5) -> Any:
    """Pictures (n, size, size, 3), and labels (n, classes), to scores (n, 1).

    The label is laid beside the picture as a map that a dense layer makes of it. The first layer is
    not normalised: what it would take out is the picture's light.

    Args:
        size: Side of the pictures.
        width: Channels of the first layer.
        norm: "batch"; "layer", which keeps pictures apart, for a penalty of each one's slope;
            or "none".
        classes: How many labels there are.
        kernel: Side of the kernels.
    """
    picture = keras.Input((size, size, 3), name="picture")
    inputs = [picture]
    flow = picture
    if classes:
        label = keras.Input((classes,), name="label")
        inputs.append(label)
        laid = Reshape((size, size, 1))(Dense(size * size)(label))
        flow = Concatenate()([picture, laid])
    for number in range(doublings(size)):
        flow = _convolved(flow, width * 2**number, kernel, strides=2)
        if number and norm != "none":
            flow = (
                BatchNormalization(momentum=0.9)(flow)
                if norm == "batch"
                else _layer_normalised(flow)
            )
        flow = LeakyReLU(SLOPE)(flow)
    score = Dense(1, dtype="float32", kernel_initializer=_init())(Flatten()(flow))
    return keras.Model(inputs if classes else picture, score, name="critic")


def _init() -> Any:
    return keras.initializers.RandomNormal(0.0, 0.02)


def _convolved(flow: Any, filters: int, kernel: int, **how: Any) -> Any:
    return PatchConv2D(filters, kernel, padding="same", kernel_initializer=_init(), **how)(flow)


def _normalised(flow: Any) -> Any:
    return Activation("relu")(BatchNormalization(momentum=0.9)(flow))


def _layer_normalised(flow: Any) -> Any:
    # Over rows, columns and channels of a picture, as its authors have it.
    return LayerNormalization(axis=(1, 2, 3))(flow)

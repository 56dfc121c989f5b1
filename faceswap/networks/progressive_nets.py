"""The networks that grow: ProGAN's generator, and the critic that StyleGAN has from it."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras.layers import Activation, AveragePooling2D, Flatten, LeakyReLU, Reshape, UpSampling2D

from faceswap.networks.progressive_layers import (
    EqualizedConv2D,
    EqualizedDense,
    Fade,
    MinibatchDeviation,
    PixelNorm,
)

#: Side of the smallest picture, the slope below zero, and how much wider than the largest map's
#: layers those of small ones become at most.
FIRST, SLOPE, WIDEST = 4, 0.2, 4


def levels(size: int) -> int:
    """How many sizes of pictures there are up to `size`."""
    return int(math.log2(size // FIRST)) + 1


def widths(size: int, width: int) -> list[int]:
    """Channels at each level, the largest map's being `width`."""
    count = levels(size)
    return [width * min(WIDEST, 2 ** (count - 1 - level)) for level in range(count)]


def generator(size: int, latent: int, width: int) -> Any:
    """Noise "z" to pictures of each level, from 4 by 4 to `size`."""
    z = keras.Input((latent,), name="z")
    filters = widths(size, width)
    # The gain that makes the first map as wide as a convolution would.
    flow = EqualizedDense(FIRST * FIRST * filters[0], gain=math.sqrt(2) / 4)(PixelNorm()(z))
    flow = _normed(Reshape((FIRST, FIRST, filters[0]))(flow))
    flow = _normed(_convolved(flow, filters[0]))
    pictures = [to_rgb(flow)]
    for wide in filters[1:]:
        flow = _normed(_convolved(UpSampling2D()(flow), wide))
        flow = _normed(_convolved(flow, wide))
        pictures.append(to_rgb(flow))
    return keras.Model(z, pictures, name="generator")


def critic(size: int, width: int) -> Any:
    """Pictures of each level, and the share of the newest, to a score for each level."""
    share = keras.Input((1,), name="share")
    filters = widths(size, width)
    given = [
        keras.Input((FIRST << n, FIRST << n, 3), name=f"picture_{n}") for n in range(len(filters))
    ]
    seen = [EqualizedConv2D(filters[n], 1, name=f"from_rgb_{n}") for n in range(len(filters))]
    entered = [LeakyReLU(SLOPE)(seen[0](given[0]))]
    halvings: list[Any] = []
    for level in range(1, len(filters)):
        halvings.append(_halving(FIRST << level, filters[level], filters[level - 1]))
        new = halvings[-1](LeakyReLU(SLOPE)(seen[level](given[level])))
        old = LeakyReLU(SLOPE)(seen[level - 1](AveragePooling2D(2)(given[level])))
        flow = Fade()([old, new, share])
        for halving in reversed(halvings[:-1]):
            flow = halving(flow)
        entered.append(flow)
    judge = _judge(filters[0])
    return keras.Model([*given, share], [judge(flow) for flow in entered], name="critic")


def to_rgb(flow: Any) -> Any:
    """A map as a picture; linear, in float32."""
    return Activation("linear", dtype="float32")(EqualizedConv2D(3, 1, gain=1.0)(flow))


def _halving(side: int, inside: int, outside: int) -> Any:
    flow = given = keras.Input((side, side, inside))
    flow = LeakyReLU(SLOPE)(_convolved(flow, inside))
    flow = AveragePooling2D(2)(LeakyReLU(SLOPE)(_convolved(flow, outside)))
    return keras.Model(given, flow, name=f"halving_{side}")


def _judge(filters: int) -> Any:
    flow = given = keras.Input((FIRST, FIRST, filters))
    flow = LeakyReLU(SLOPE)(_convolved(MinibatchDeviation()(flow), filters))
    flow = LeakyReLU(SLOPE)(EqualizedDense(filters)(Flatten()(flow)))
    return keras.Model(given, EqualizedDense(1, gain=1.0, dtype="float32")(flow), name="judge")


def _convolved(flow: Any, filters: int) -> Any:
    return EqualizedConv2D(filters, 3, padding="same")(flow)


def _normed(flow: Any) -> Any:
    return PixelNorm()(LeakyReLU(SLOPE)(flow))

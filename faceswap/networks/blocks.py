"""Blocks of convolutions that several models are put together from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from faceswap.networks.attention import SelfAttention
from faceswap.networks.layers import PatchConv2D, PixelShuffle

#: The side of the largest map whose places all see each other; of larger ones, each sees the
#: largest values of squares of four: 64 times 64 places would take 64 MB a face and head.
ATTENDED = 32


def leaky(flow: Any) -> Any:
    """The map with a tenth of what is below 0."""
    return keras.layers.LeakyReLU(0.1)(flow)


def convolved(
    flow: Any,
    filters: int,
    kernel: int = 3,
    stride: int = 1,
    act: Callable[[Any], Any] = leaky,
    init: Any = "glorot_uniform",
) -> Any:
    """A convolution and its activation: (n, h, w, c) to (n, h/stride, w/stride, filters)."""
    said = {"strides": stride, "padding": "same", "kernel_initializer": init}
    return act(PatchConv2D(filters, kernel, **said)(flow))


def upscaled(
    flow: Any, filters: int, act: Callable[[Any], Any] = leaky, init: Any = "glorot_uniform"
) -> Any:
    """A map twice as large, each of its squares of four from one place's channels."""
    return PixelShuffle(2)(convolved(flow, 4 * filters, act=act, init=init))


def residual(flow: Any, act: Callable[[Any], Any] = leaky) -> Any:
    """The map and what two convolutions of 3x3 add to it (He et al. 2016)."""
    added = convolved(flow, flow.shape[-1], act=act)
    added = PatchConv2D(flow.shape[-1], 3, padding="same")(added)
    return act(keras.layers.Add()([flow, added]))


def drawn(flow: Any, channels: int, kernel: int, act: str = "sigmoid") -> Any:
    """Pixels from 0 to 1 or as `act` makes them, in float32 whatever the rest computes with."""
    flow = PatchConv2D(channels, kernel, padding="same")(flow)
    return keras.layers.Activation(act, dtype="float32")(flow)


def attentive(flow: Any, wanted: bool) -> Any:
    """The map with self-attention, if wanted; keys and values of large maps are pooled."""
    return SelfAttention(pool=flow.shape[1] > ATTENDED)(flow) if wanted else flow

"""Discriminators: networks that tell drawn faces from real ones, place by place."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

import keras

from faceswap.networks.attention import SelfAttention
from faceswap.networks.layers import PatchConv2D
from faceswap.networks.normed import convolved, normed

#: The deepest U-Net, its first and its largest number of channels.
DEEPEST, NARROWEST, WIDEST = 9, 16, 512


def patch(size: int, attention: bool = True, norm: bool = True) -> Any:
    """A PatchGAN on a picture and what it was drawn from, as faceswap-GAN 2.2 has it.

    Args:
        size: Side of the pictures in pixels.
        attention: Whether places of the smaller maps see each other.
        norm: Whether each picture's maps are normalised.

    Returns:
        A `keras.Model` from (n, size, size, 6) to scores (n, h, h, 1): 1 for real, 0 for drawn;
        h is 8 where the size is 64 times a power of 2, and else less.
    """
    pair = keras.Input((size, size, 6))
    # The first layer has neither bias nor norm: all it saw of pictures from 0 to 1 would be light.
    flow = _halved(keras.layers.Rescaling(2.0, -1.0)(pair), 64)
    flow = _halved(flow, 128, norm)
    flow = _seeing(_halved(flow, 256, norm), attention)
    while flow.shape[1] > 8:
        flow = _seeing(_halved(flow, 256, norm), attention)
    scores = keras.layers.Activation("linear", dtype="float32")(convolved(flow, 1, 4))
    return keras.Model(pair, scores)


def unet(size: int) -> Any:
    """A U-Net that judges patches of an eighth of the side, and each pixel, as SAEHD has it.

    Returns:
        A `keras.Model` from (n, size, size, 3) to logits of its narrowest map's places and of the
        pixels (n, size, size, 1): above 0 for real.
    """
    picture = keras.Input((size, size, 3))
    flow = _leaky(PatchConv2D(NARROWEST, 1)(keras.layers.Rescaling(2.0, -1.0)(picture)))
    skipped = []
    for number, stride in enumerate(strides(size // 8)):
        skipped.append((flow, stride))
        filters = min(NARROWEST << (number + 1), WIDEST)
        flow = _leaky(PatchConv2D(filters, 3, strides=stride, padding="same")(flow))
    centre = PatchConv2D(1, 1)(flow)
    flow = _leaky(PatchConv2D(flow.shape[-1], 1)(flow))
    for skip, stride in reversed(skipped):
        raised = keras.layers.Conv2DTranspose(skip.shape[-1], 3, stride, padding="same")(flow)
        flow = keras.layers.Concatenate()([skip, _leaky(raised)])
    logits = [centre, PatchConv2D(1, 1)(flow)]
    plain = keras.layers.Activation("linear", dtype="float32")
    return keras.Model(picture, [plain(one) for one in logits])


def strides(target: int) -> tuple[int, ...]:
    """Strides of convolutions of 3x3, the first 2, that together see nearest to `target` pixels.

    Of those that see as much, the fewest; of these, the ones that shrink the map most.
    """
    found = [(2, *rest) for n in range(DEEPEST) for rest in product((2, 1), repeat=n)]
    return min(found, key=lambda s: (abs(_field(s) - target), len(s), -sum(s)))


def receptive_field(layers: Iterable[tuple[int, int]]) -> int:
    """Pixels along a side that an answer depends on, for convolutions (kernel, stride) in order."""
    reach, step = 1, 1
    for kernel, stride in layers:
        reach += (kernel - 1) * step
        step *= stride
    return reach


def _field(strides: tuple[int, ...]) -> int:
    return receptive_field((3, stride) for stride in strides)


def _halved(flow: Any, filters: int, norm: bool = False) -> Any:
    return normed(_leaky(convolved(flow, filters, 4, 2)), norm)


def _seeing(flow: Any, attention: bool) -> Any:
    return SelfAttention()(flow) if attention else flow


def _leaky(flow: Any) -> Any:
    return keras.layers.LeakyReLU(0.2)(flow)

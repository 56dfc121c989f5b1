"""Encoders and decoders of faces: convolutions down to a map of 4x4, a few numbers, and back."""

from __future__ import annotations

from typing import Any

import keras
from keras.layers import Activation, Flatten, Reshape

from faceswap.networks.blocks import convolved, drawn, leaky, upscaled
from faceswap.networks.layers import FlatDense
from faceswap.networks.normed import alike

#: Side of the smallest map.
LEAST = 4


def encoder(size: int, width: int, heads: list[int]) -> Any:
    """A `keras.Model` from faces (n, size, size, 3) to vectors, one of each head's length."""
    flow = faces = keras.Input((size, size, 3))
    for filters in _widths(size, width):
        flow = convolved(flow, filters, stride=2)
    flow = leaky(FlatDense(8 * width)(Flatten()(flow)))
    ends = [Activation("linear", dtype="float32")(FlatDense(count)(flow)) for count in heads]
    return keras.Model(faces, ends, name="encoder")


def decoder(size: int, width: int, latent: int) -> Any:
    """A `keras.Model` from vectors (n, latent) to faces (n, size, size, 3), from 0 to 1."""
    widths = _widths(size, width)[::-1]
    flow = code = keras.Input((latent,))
    flow = leaky(FlatDense(LEAST * LEAST * widths[0])(flow))
    flow = Reshape((LEAST, LEAST, widths[0]))(flow)
    for filters in widths:
        flow = upscaled(flow, filters, init=_alike)
    return keras.Model(code, drawn(flow, 3, 3), name="decoder")


def _alike(shape: tuple[int, ...], dtype: Any = None) -> Any:
    # A fresh one each time: the same would draw the same kernel for every layer.
    return alike(shape, dtype, keras.initializers.GlorotUniform())


def _widths(size: int, width: int) -> list[int]:
    """Channels of each halving of a picture: twice as many each time, at most four times."""
    return [min(4, 2**n) * width for n in range((size // LEAST).bit_length() - 1)]

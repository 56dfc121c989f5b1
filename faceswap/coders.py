"""Encoders and decoders of faces: convolutions down to a map of 4x4, a few numbers, and back."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras.layers import Activation, Flatten, Reshape

from faceswap.blocks import convolved, drawn, leaky, upscaled
from faceswap.layers import FlatDense
from faceswap.model import Faces

#: Side of the smallest map, and faces that are coded at a time.
LEAST, AT_ONCE = 4, 64


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
        flow = upscaled(flow, filters)
    return keras.Model(code, drawn(flow, 3, 3), name="decoder")


def in_parts(network: Any, rows: Any) -> Faces:
    """What a network makes of rows, some at a time; of its first output, if it has several."""
    parts = []
    for start in range(0, len(rows), AT_ONCE):
        made = network(np.asarray(rows[start : start + AT_ONCE], np.float32), training=False)
        parts.append(np.asarray(made[0] if isinstance(made, list | tuple) else made, np.float32))
    return np.concatenate(parts)


def _widths(size: int, width: int) -> list[int]:
    """Channels of each halving of a picture: twice as many each time, at most four times."""
    return [min(4, 2**n) * width for n in range((size // LEAST).bit_length() - 1)]

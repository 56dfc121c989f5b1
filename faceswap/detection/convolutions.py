"""Convolutions of dlib's networks, as layers of Keras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap.detection.dlib_file import Layer

if TYPE_CHECKING:
    import keras

Values = NDArray[np.float32]


class Convolution(NamedTuple):
    """A convolution, and the scaling behind it, which is part of its numbers.

    Attributes:
        kernel: (rows, columns, channels in, channels out).
        bias: (channels out,).
        stride: Pixels from one answer to the next.
        padded: Whether zeros around the picture keep its size.
    """

    kernel: Values
    bias: Values
    stride: int
    padded: bool

    def layer(self, relu: bool) -> keras.layers.Conv2D:
        """The layer of Keras, with its weights; it does not train."""
        import keras

        rows, columns, inside, outside = self.kernel.shape
        layer = keras.layers.Conv2D(
            outside,
            (rows, columns),
            self.stride,
            "same" if self.padded else "valid",
            activation="relu" if relu else None,
            trainable=False,
            dtype="float32",
        )
        layer.build((None, None, None, inside))
        layer.set_weights([self.kernel, self.bias])
        return layer


def convolutions(layers: Sequence[Layer]) -> list[Convolution]:
    """The convolutions among the layers, each with the affine layer that follows it folded in.

    Raises:
        ValueError: If the layers' numbers do not fit together.
    """
    found = []
    for layer, after in zip(layers, [*layers[1:], None], strict=True):
        if layer.kind == "con_4":
            kernel, bias, stride, padded = _plain(layer)
            scale, shift = _scaling(after, len(bias))
            found.append(Convolution(kernel * scale, bias * scale + shift, stride, padded))
    inside, outside = ([c.kernel.shape[n] for c in found] for n in (2, 3))
    if inside != [3, *outside][: len(found)]:
        raise ValueError(f"layers of {inside} channels after layers of {[3, *outside]}")
    return found


def _plain(layer: Layer) -> Convolution:
    weights, count, rows, columns, stride, stride_x, pad, pad_x, filters, *_ = layer.fields
    flat = weights.ravel()
    kernel, bias = flat[:-count], flat[-count:]
    fits = min(filters) > 0 and filters[0] == count and filters[2:] == (rows, columns)
    whole = pad in (0, rows // 2) and (not pad or stride == 1) and rows == columns
    if not (fits and whole and (stride, pad) == (stride_x, pad_x) and 0 < stride < 8):
        raise ValueError(f"a convolution of {layer.fields[1:8]} with weights {weights.shape}")
    return Convolution(kernel.reshape(filters).transpose(2, 3, 1, 0), bias, stride, padded=pad > 0)


def _scaling(layer: Layer | None, count: int) -> tuple[Values, Values]:
    """What an affine layer, or a batch normalisation as it is after training, does to channels."""
    if layer is None or layer.kind not in ("affine_", "bn_con2"):
        return np.ones(count, np.float32), np.zeros(count, np.float32)
    scale, shift = layer.fields[0].reshape(2, count)
    if layer.kind == "bn_con2":
        means, variances = (layer.fields[n].reshape(count) for n in (5, 6))
        variances = variances + np.float32(layer.fields[-1])
        if variances.min() <= 0:
            raise ValueError("a variance below zero")
        scale = scale / np.sqrt(variances)
        shift = shift - scale * means
    return scale, shift

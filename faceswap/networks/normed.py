"""Blocks of faceswap-GAN and its discriminators: maps normalised picture by picture."""

from __future__ import annotations

from typing import Any

import keras

from faceswap.networks.layers import PatchConv2D, PixelShuffle


def halved(flow: Any, filters: int, kernel: int = 3, stride: int = 2, *, norm: bool = True) -> Any:
    """A map of half the side, above 0, normalised."""
    return normed(keras.layers.ReLU()(convolved(flow, filters, kernel, stride)), norm)


def upscaled(flow: Any, filters: int) -> Any:
    """A map of twice the side, normalised, without the checks of a board at first."""
    flow = keras.layers.LeakyReLU(0.2)(convolved(flow, 4 * filters, 3, 1, alike))
    return PixelShuffle(2)(normed(flow, True))


def _narrow(shape: tuple[int, ...], dtype: Any) -> Any:
    return keras.random.normal(shape, stddev=0.02, dtype=dtype)


def alike(shape: tuple[int, ...], dtype: Any = None, drawn: Any = _narrow) -> Any:
    """A kernel whose four quarters, which `PixelShuffle` makes a square of, are the same.

    ICNR (Aitken et al. 2017): what is drawn begins as a map of large pixels, not as a checkerboard.
    """
    quarter = drawn((*shape[:-1], shape[-1] // 4), dtype)
    return keras.ops.tile(quarter, (1, 1, 1, 4))


def convolved(
    flow: Any, filters: int, kernel: int, stride: int = 1, init: Any = "he_normal"
) -> Any:
    """A convolution without a bias."""
    said = {"padding": "same", "use_bias": False, "kernel_initializer": init}
    return PatchConv2D(filters, kernel, strides=stride, **said)(flow)


def normed(flow: Any, wanted: bool) -> Any:
    """The map, each channel of each picture brought to one mean and deviation, if wanted."""
    # A group of one channel is instance normalisation; float32, for its sums are of many places.
    return keras.layers.GroupNormalization(-1, dtype="float32")(flow) if wanted else flow

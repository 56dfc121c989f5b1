"""Blocks of faceswap-GAN: convolutions whose maps are normalised picture by picture."""

from __future__ import annotations

from typing import Any

import keras

from faceswap.layers import PatchConv2D, PixelShuffle


def halved(flow: Any, filters: int, kernel: int = 3, stride: int = 2, *, norm: bool = True) -> Any:
    """A map of half the side, above 0, normalised."""
    flow = _convolved(flow, filters, kernel, stride, "he_normal")
    return _normed(keras.layers.ReLU()(flow), norm)


def upscaled(flow: Any, filters: int) -> Any:
    """A map of twice the side, normalised, without the checks of a board at first."""
    flow = keras.layers.LeakyReLU(0.2)(_convolved(flow, 4 * filters, 3, 1, alike))
    return PixelShuffle(2)(_normed(flow, True))


def alike(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """A kernel whose four quarters, which `PixelShuffle` makes a square of, are the same.

    ICNR (Aitken et al. 2017): what is drawn begins as a map of large pixels, not as a checkerboard.
    """
    quarter = keras.random.normal((*shape[:-1], shape[-1] // 4), stddev=0.02, dtype=dtype)
    return keras.ops.tile(quarter, (1, 1, 1, 4))


def _convolved(flow: Any, filters: int, kernel: int, stride: int, init: Any) -> Any:
    said = {"padding": "same", "use_bias": False, "kernel_initializer": init}
    return PatchConv2D(filters, kernel, strides=stride, **said)(flow)


def _normed(flow: Any, wanted: bool) -> Any:
    # A group of one channel is instance normalisation; float32, for its sums are of many places.
    return keras.layers.GroupNormalization(-1, dtype="float32")(flow) if wanted else flow

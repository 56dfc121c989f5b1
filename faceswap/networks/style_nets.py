"""StyleGAN's generator: noise mapped to styles, and styles drawn."""

from __future__ import annotations

from typing import Any

import keras
from keras.layers import LeakyReLU, UpSampling2D

from faceswap.networks.progressive_layers import EqualizedConv2D, EqualizedDense, PixelNorm
from faceswap.networks.progressive_nets import FIRST, SLOPE, levels, to_rgb, widths
from faceswap.networks.style_layers import AdaIn, AddNoise, LearnedConstant, MixStyles

#: Layers that map noise to a style, how slowly they learn, and how often two styles are mixed.
DEPTH, PACE, OFTEN = 8, 0.01, 0.9


def generator(size: int, latent: int, width: int) -> Any:
    """Noise "z", "other", the "chance" of mixing and maps of noise to pictures of each level.

    "used" is how many levels, from the smallest on, are in use: those are mixed. Its layers
    "mapping" and "synthesis" are networks of their own.
    """
    z, other = (keras.Input((latent,), name=name) for name in ("z", "other"))
    chance, used = (keras.Input((1,), name=name) for name in ("chance", "used"))
    mapping, synthesis = _mapping(latent), _synthesis(size, latent, width)
    styles = MixStyles(levels(size), OFTEN)([mapping(z), mapping(other), chance, used])
    noises = [keras.Input(shape, name=name) for name, shape in noise_shapes(size).items()]
    pictures = synthesis([styles, *noises])
    return keras.Model([z, other, chance, used, *noises], pictures, name="generator")


def noise_shapes(size: int) -> dict[str, tuple[int, int, int]]:
    """The maps of noise: two a level."""
    sides = [FIRST << level for level in range(levels(size)) for _ in range(2)]
    return {f"noise_{n}": (side, side, 1) for n, side in enumerate(sides)}


def _mapping(latent: int) -> Any:
    z = keras.Input((latent,))
    flow = PixelNorm()(z)
    for _ in range(DEPTH):
        flow = LeakyReLU(SLOPE)(EqualizedDense(latent, pace=PACE, dtype="float32")(flow))
    return keras.Model(z, flow, name="mapping")


def _synthesis(size: int, latent: int, width: int) -> Any:
    filters = widths(size, width)
    styles = keras.Input((len(filters), latent), name="styles")
    noises = [keras.Input(shape, name=name) for name, shape in noise_shapes(size).items()]
    flow = LearnedConstant(FIRST, filters[0])(styles)
    pictures = []
    for level, wide in enumerate(filters):
        style = styles[:, level]
        if level:
            flow = EqualizedConv2D(wide, 3, padding="same")(UpSampling2D()(flow))
        flow = _styled(flow, noises[2 * level], style)
        flow = EqualizedConv2D(wide, 3, padding="same")(flow)
        flow = _styled(flow, noises[2 * level + 1], style)
        pictures.append(to_rgb(flow))
    return keras.Model([styles, *noises], pictures, name="synthesis")


def _styled(flow: Any, noise: Any, style: Any) -> Any:
    return AdaIn()([LeakyReLU(SLOPE)(AddNoise()([flow, noise])), style])

"""The narrowest place of a swapper: few numbers, or first of all what the face does."""

from __future__ import annotations

from typing import Any

import keras
from keras.layers import Activation, Concatenate, Dropout, GaussianNoise

from faceswap.data.expression import COUNT
from faceswap.networks.layers import FlatDense

#: How much of the code beside the expression is noise in training, and how often all of it is.
NOISE, SILENCE = 0.3, 0.3
#: Deviation of the noise on the expression.
BLUR = 0.1


def plain(flow: Any, latent: int) -> tuple[Any, list[Any]]:
    """A flat vector as `latent` numbers, and nothing that is told beside."""
    return FlatDense(latent)(flow), []


def expressive(flow: Any, latent: int) -> tuple[Any, list[Any]]:
    """A flat vector as its expression and `latent` noisy numbers more.

    Returns:
        (n, 13 + latent) the code, and [(n, 13) float32 the expression], which is to be taught: the
        code's gradient does not change it.
    """
    doing = Activation("linear", dtype="float32")(FlatDense(COUNT)(flow))
    known = GaussianNoise(BLUR)(keras.ops.stop_gradient(doing))
    rest = GaussianNoise(NOISE)(Activation("tanh")(FlatDense(latent)(flow)))
    rest = Dropout(SILENCE, noise_shape=(None, 1))(rest)
    return Concatenate()([known, rest]), [doing]

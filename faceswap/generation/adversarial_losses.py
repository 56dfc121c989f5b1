"""What a critic and a generator are taught by: the losses of the adversarial game."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

Loss = Callable[[Any], Any]


class Game(NamedTuple):
    """Three losses of a critic's scores, each per score and to be made small.

    Attributes:
        real: What the critic loses by its scores of real pictures.
        fake: What it loses by those of the generator's pictures.
        generator: What the generator loses by them.
    """

    real: Loss
    fake: Loss
    generator: Loss


def _softplus_of_negative(scores: Any) -> Any:
    return tf.nn.softplus(-scores)


def _from_one(scores: Any) -> Any:
    return (scores - 1.0) ** 2


#: By name. Scores are the critic's last layer without an activation: softplus(-x) is
#: -log(sigmoid(x)), and neither overflows nor loses its gradient.
GAMES = {
    # Goodfellow et al. 2014, with the loss for the generator that does not saturate.
    "non_saturating": Game(_softplus_of_negative, tf.nn.softplus, _softplus_of_negative),
    # Arjovsky et al. 2017: minus the critic's loss estimates the distance of the distributions,
    # where something holds the critic to a slope of 1.
    "wasserstein": Game(tf.negative, tf.identity, tf.negative),
    # Mao et al. 2017.
    "least_squares": Game(_from_one, tf.square, _from_one),
    # Lim and Ye 2017.
    "hinge": Game(lambda x: tf.nn.relu(1.0 - x), lambda x: tf.nn.relu(1.0 + x), tf.negative),
}

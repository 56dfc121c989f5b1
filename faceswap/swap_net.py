"""SwapNet: a network that draws both sides, and the loss it learns by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from faceswap.dataset import SIDES
from faceswap.terms import TERMS, View


class SwapNet(keras.Model):  # type: ignore[misc]  # Keras has no types
    """A network from and to pictures of both sides, by "source" and "target".

    Its loss is the weighted sum of `terms`, each added up over both sides; the terms are shown
    beside it as they are, without their weights.
    """

    _drawing: Any = None

    def compile(self, optimizer: Any, terms: Mapping[str, float], **common: Any) -> None:
        """Give it an optimiser, and the weight of each term of its loss."""
        super().compile(optimizer, **common)
        self.terms = dict(terms)
        self.shown = {name: keras.metrics.Mean(name) for name in terms}

    def both(self, draw: Callable[[Any, Any], tuple[Any, Any]], faces: Any) -> tuple[Any, Any]:
        """What `draw` makes of this network and faces, as source and as target.

        It is compiled once for a network: a third less time than asking layer after layer.

        Args:
            draw: Always the same; called with this network and the faces as a tensor.
            faces: (n, s, s, 3) float32 from 0 to 1.
        """
        if self._drawing is None:
            given = tf.TensorSpec((None, *faces.shape[1:]), tf.float32)
            self._drawing = tf.function(partial(draw, self), input_signature=[given])
        drawn: tuple[Any, Any] = self._drawing(tf.constant(faces))
        return drawn

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The weighted sum of the terms and of the layers' own losses.

        Args:
            x: What was given, by side: (n, s, s, 3).
            y: What should be drawn: (n, s, s, 3) or, with the mask, 4 channels; and other outputs.
            y_pred: What was drawn, alike.
            sample_weight: (n, s, s) how much each pixel counts, by side.
            training: Whether it is a step of training.
        """
        weights = sample_weight or {}
        views = [seen(x[s], y[s], y_pred[s], weights.get(s)) for s in SIDES]
        total = tf.add_n([tf.zeros(()), *self.losses])
        for name, weight in self.terms.items():
            if name in TERMS:
                value = tf.add_n([TERMS[name](view) for view in views])
            else:
                value = tf.reduce_mean((y[name] - y_pred[name]) ** 2)
            self.shown[name].update_state(value)
            total += weight * value
        # Gradients are added up over the devices: each has its part of the mean.
        return total / tf.distribute.get_strategy().num_replicas_in_sync


def seen(given: Any, real: Any, drawn: Any, weights: Any = None) -> View:
    """A side's view, masks taken off the pictures that have one as their fourth channel."""
    real, mask = _parted(real)
    drawn, alpha = _parted(drawn)
    return View(given, real, drawn, mask, weights, alpha)


def _parted(pictures: Any) -> tuple[Any, Any]:
    if pictures.shape[-1] == 3:
        return pictures, None
    # The gradient of a split is one copy; that of two slices is two maps of zeros and their sum.
    picture, mask = tf.split(pictures, [3, 1], -1)
    return picture, mask[..., 0]

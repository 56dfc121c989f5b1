"""SwapNet: a network that draws both sides, and the loss it learns by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from faceswap.dataset import SIDES
from faceswap.model import Phases
from faceswap.terms import TERMS, View


class SwapNet(keras.Model):  # type: ignore[misc]  # Keras has no types
    """A network from and to pictures of both sides, by "source" and "target".

    Its loss is the weighted sum of `terms`, each added up over both sides; the terms are shown
    beside it as they are, without their weights.
    """

    _drawing: Any = None

    def compile(
        self,
        optimizer: Any,
        terms: Mapping[str, float],
        phases: Mapping[str, Phases] | None = None,
        rivals: Any = None,
        **common: Any,
    ) -> None:
        """Give it an optimiser, and what it is to learn.

        Args:
            optimizer: Of the network's weights.
            terms: The weight of each term of its loss.
            phases: By term, from which shares of the training on its weight is multiplied by what.
            rivals: The `Rivals` that it is to fool.
            common: As for any model.
        """
        super().compile(optimizer, **common)
        self.terms, self.phases, self.rivals = dict(terms), dict(phases or {}), rivals
        names = [*terms, *(("fooled", "untold") if rivals else ())]
        self.shown = {name: keras.metrics.Mean(name) for name in names}
        # Not the network's own: a model is saved without it.
        self.share = tf.Variable(0.0, trainable=False)

    def at(self, share: float, left: float) -> None:
        """Be told how much of the training is done, and what is left of the first steps' length."""
        self.share.assign(share)
        if self.rivals:
            self.rivals.ease(left)

    def train_step(self, data: Any) -> Any:
        """One step of the network, and one of its rivals on what it drew."""
        if not self.rivals:
            return super().train_step(data)
        x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            drawn = self(x, training=True)
            views = viewed(x, y, drawn, weights)
            fooled = self.rivals.fooled(views)
            parts = tf.distribute.get_strategy().num_replicas_in_sync
            loss = self.compute_loss(x, y, drawn, weights) + self.rivals.weight * fooled / parts
            scaled = self.optimizer.scale_loss(loss)
        untold = self.rivals.learn(views, (self.optimizer.iterations.value, 0))
        own = self.trainable_weights
        self.optimizer.apply(tape.gradient(scaled, [w.value for w in own]), own)
        self.shown["fooled"].update_state(fooled)
        self.shown["untold"].update_state(untold)
        self._loss_tracker.update_state(loss * parts, tf.shape(next(iter(x.values())))[0])
        return self.get_metrics_result()

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
        views = viewed(x, y, y_pred, sample_weight).values()
        total = tf.add_n([tf.zeros(()), *self.losses])
        for name, weight in self.terms.items():
            if name in TERMS:
                value = tf.add_n([TERMS[name](view) for view in views])
            else:
                value = tf.reduce_mean((y[name] - y_pred[name]) ** 2)
            self.shown[name].update_state(value)
            total += weight * self._factor(name) * value
        # Gradients are added up over the devices: each has its part of the mean.
        return total / tf.distribute.get_strategy().num_replicas_in_sync

    def _factor(self, name: str) -> Any:
        """By what a term's weight is multiplied at this share of the training."""
        if name not in self.phases:
            return 1.0
        shares, factors = (tf.constant(column) for column in zip(*self.phases[name], strict=True))
        begun = tf.reduce_sum(tf.cast(self.share >= shares, tf.int32))
        return tf.gather(tf.concat([[1.0], factors], 0), begun)


def viewed(x: Any, y: Any, drawn: Any, weights: Any) -> dict[str, View]:
    """Both sides' views, by their names."""
    weights = weights or {}
    return {s: seen(x[s], y[s], drawn[s], weights.get(s)) for s in SIDES}


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

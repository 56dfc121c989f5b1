"""SwapNet: a network that draws both sides, and the loss it learns by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import keras
import tensorflow as tf

from faceswap.data.dataset import SIDES
from faceswap.networks.described import Described
from faceswap.networks.losses import blurred
from faceswap.networks.phases import Phases, level
from faceswap.networks.terms import DESCRIBED, LEVELLED, SWAP_TERMS, TERMS, View


class SwapNet(keras.Model):  # type: ignore[misc]  # Keras has no types
    """A network from and to pictures of both sides, by "source" and "target".

    Its loss is the weighted sum of `terms`, each added up over both sides; the terms are shown
    beside it as they are, without their weights. A term that is off in a phase of the training is
    not computed, and shown as 0; `lasting` is the loss by those that no phase changes, and without
    what fooling rivals counts.
    """

    _drawing: Any = None

    def compile(
        self,
        optimizer: Any,
        terms: Mapping[str, float],
        phases: Mapping[str, Phases] | None = None,
        rivals: Any = None,
        swapped: Callable[[Any], Any] | None = None,
        masked: bool = False,
        accumulate: int = 1,
        **common: Any,
    ) -> None:
        """Give it an optimiser, and what it is to learn.

        Args:
            optimizer: Of the network's weights.
            terms: The weight of each term of its loss.
            phases: By term, as a model has them.
            rivals: The `Rivals` that it is to fool.
            swapped: What draws target faces as the source, for the terms of the swap.
            masked: Whether the face alone is looked at.
            accumulate: Parts of a batch whose gradients make one step, one after the other.
            common: As for any model.
        """
        super().compile(optimizer, **common)
        self.terms: dict[str, float] = dict(terms)
        self.phases, self.rivals = dict(phases or {}), rivals
        self.swapped: Any = swapped
        self.masked, self.accumulate = masked, accumulate
        phased = self.phases.keys() & terms.keys()
        beside = ("fooled", "untold") if rivals else ()
        names = [*terms, *beside, *(("lasting",) if phased or rivals else ())]
        self.shown = {name: keras.metrics.Mean(name) for name in names}
        # Not the network's own: a model is saved without them.
        self.levels = {
            name: tf.Variable(level(self.phases[name], 0.0), trainable=False, dtype=tf.float32)
            for name in sorted(phased)
        }
        if DESCRIBED & terms.keys():
            from faceswap.networks.described import resnet

            # Its variables cannot be made while a step is traced.
            resnet()

    def at(self, share: float, part: float) -> None:
        """Be told how much of the training is done, and which part of its rate a step has."""
        for name, known in self.levels.items():
            known.assign(level(self.phases[name], share))
        if self.rivals:
            self.rivals.at(share, part)

    def train_step(self, data: Any) -> Any:
        """One step of the network, and one of its rivals on what it drew."""
        if not self.rivals:
            return super().train_step(data) if self.accumulate == 1 else self._accumulated(data)
        x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            drawn = self(x, training=True)
            views = self._viewed(x, y, drawn, weights)
            fooled = self.rivals.fooled(views)
            parts = tf.distribute.get_strategy().num_replicas_in_sync
            loss = self.compute_loss(x, y, drawn, weights) + self.rivals.weight * fooled / parts
            scaled = self.optimizer.scale_loss(loss)
        untold = self.rivals.learn(views, (self.optimizer.iterations.value, 0))
        own = self.trainable_weights
        self.optimizer.apply(tape.gradient(scaled, [w.value for w in own]), own)
        now = tf.cast(self.rivals.on, tf.float32)
        self.shown["fooled"].update_state(fooled, now)
        self.shown["untold"].update_state(untold, now)
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

    def plain(self, faces: Any) -> Sequence[Any]:
        """Faces as the encoder is to see them, and then the light that was taken from them."""
        taken: Sequence[Any] = self.get_layer("take")(faces) if self._lights else (faces,)
        return taken

    def lit(self, drawn: Any, light: Sequence[Any]) -> Any:
        """What was drawn of such faces, in the light that they had."""
        return self.get_layer("give")([drawn, *light]) if light else drawn

    @property
    def _lights(self) -> bool:
        return any(layer.name == "take" for layer in self.layers)

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
        values = self._values(x, y, y_pred, sample_weight)
        lasting = tf.add_n([tf.zeros(()), *self.losses])
        phased = tf.zeros(())
        for name, value in values.items():
            now = self.levels.get(name)
            self.shown[name].update_state(value, now if now is None else tf.sign(now))
            if now is None:
                lasting += self.terms[name] * value
            else:
                phased += self.terms[name] * value * (1.0 if name in LEVELLED else now)
        if "lasting" in self.shown:
            self.shown["lasting"].update_state(lasting)
        total = lasting + phased
        # Gradients are added up over the devices: each has its part of the mean.
        return total / tf.distribute.get_strategy().num_replicas_in_sync

    def _values(self, x: Any, y: Any, drawn: Any, weights: Any) -> dict[str, Any]:
        """What each term comes to; 0 for one that is off."""
        views, values = self._viewed(x, y, drawn, weights), {}
        if SWAP_TERMS.keys() & self.terms.keys():
            swap = seen(x["target"], y["target"], self.swapped(x["target"]))
        for name in self.terms:
            if name in TERMS:
                values[name] = self._term(name, views)
            elif name in SWAP_TERMS:
                values[name] = SWAP_TERMS[name](swap, views["source"])
            else:
                values[name] = tf.reduce_mean((y[name] - drawn[name]) ** 2)
        return values

    def _term(self, name: str, views: Mapping[str, View]) -> Any:
        """A term over both sides, at its level."""
        now = self.levels.get(name)
        if now is None:
            return tf.add_n([TERMS[name](view) for view in views.values()])

        def computed() -> Any:
            # What is found in here cannot be kept for outside.
            own = [v._replace(described=Described(v.real, v.drawn)) for v in views.values()]
            asked = [v._replace(least=now) for v in own] if name in LEVELLED else own
            return tf.add_n([TERMS[name](view) for view in asked])

        return tf.cond(now > 0, computed, lambda: tf.zeros(()))

    def _viewed(self, x: Any, y: Any, drawn: Any, weights: Any) -> dict[str, View]:
        """Both sides' views, by their names."""
        weights = weights or {}
        views = {s: seen(x[s], y[s], drawn[s], weights.get(s), self.masked) for s in SIDES}
        if "eyes" in y:
            maps = zip(SIDES, tf.split(y["eyes"], len(SIDES)), strict=True)
            views |= {side: views[side]._replace(eyes=eyes) for side, eyes in maps}
        return views

    def _accumulated(self, data: Any) -> Any:
        """A step along the mean of the gradients of the batch's parts."""
        parts = [parted(data, self.accumulate, n) for n in range(self.accumulate)]
        sums = self._gradients(parts[0])
        for part in parts[1:]:
            # The part before is done with: its maps need not be kept beside this one's.
            with tf.control_dependencies(sums):
                more = self._gradients(part)
            sums = [a + b for a, b in zip(sums, more, strict=True)]
        self.optimizer.apply([g / self.accumulate for g in sums], self.trainable_weights)
        return self.get_metrics_result()

    def _gradients(self, data: Any) -> list[Any]:
        x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True), weights)
            scaled = self.optimizer.scale_loss(loss)
        devices = tf.distribute.get_strategy().num_replicas_in_sync
        self._loss_tracker.update_state(loss * devices)
        gradients = tape.gradient(scaled, self.trainable_weights)
        pairs = zip(gradients, self.trainable_weights, strict=True)
        return [tf.zeros_like(weight) if g is None else g for g, weight in pairs]


def seen(given: Any, real: Any, drawn: Any, weights: Any = None, masked: bool = False) -> View:
    """A side's view, masks taken off the pictures that have one as their fourth channel.

    With `masked`, all outside of the face is black in what is real and what is drawn.
    """
    real, mask = _parted(real)
    drawn, alpha = _parted(drawn)
    if masked:
        inside = soft(mask)[..., None]
        real, drawn = real * inside, drawn * inside
    return View(given, real, drawn, mask, weights, alpha, described=Described(real, drawn))


def soft(mask: Any) -> Any:
    """(n, s, s) a mask that is whole on the face and ends a little outside of it."""
    size = mask.shape[-1]
    return 2 * tf.minimum(blurred(mask, max(1, size / 32)), 0.5)


def parted(data: Any, count: int, number: int) -> Any:
    """One of `count` equal parts of a batch.

    What is of both sides has the source's rows first, in the whole and in each part.
    """
    rows = tf.shape(data[0][SIDES[0]])[0] // count

    def cut(values: Any) -> Any:
        if values is None:
            return None
        rest = tuple(values.shape[1:])
        whole = tf.reshape(values, (-1, count, rows, *rest))
        return tf.reshape(whole[:, number], (-1, *rest))

    return tf.nest.map_structure(cut, data)


def _parted(pictures: Any) -> tuple[Any, Any]:
    if pictures.shape[-1] == 3:
        return pictures, None
    # The gradient of a split is one copy; that of two slices is two maps of zeros and their sum.
    picture, mask = tf.split(pictures, [3, 1], -1)
    return picture, mask[..., 0]

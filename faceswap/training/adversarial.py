"""Rivals: discriminators that learn along with a swap network, which learns to fool them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from faceswap.data.dataset import SIDES
from faceswap.networks.discriminators import patch, unet
from faceswap.networks.losses import detail
from faceswap.networks.terms import View
from faceswap.optimizers.adam import FusedAdam
from faceswap.optimizers.scaled import scaled

#: Length of the discriminators' whole steps (faceswap-GAN), and their optimiser's momentum.
RATE, MOMENTUM = 2e-4, 0.5
#: The networks by their kinds.
KINDS = {"patch": patch, "unet": unet}
#: How many times detail is enlarged, about middle grey.
ENLARGED = 10.0
#: Their longest slope along a picture, a fresh `unet`'s, in those of a mean absolute error.
STEEPEST = 10.0
#: How many times larger slopes are found, that float16 does not lose them.
LIFTED = 4096.0
#: Both parameters of the beta distribution from which a mixture's share of the real is drawn.
EXTREME = 0.2


class Rivals:
    """A discriminator of each side's pictures, and what they have learnt.

    They are no part of the network: its model is saved without them, and checkpoints hold them
    beside it. They see detail, enlarged: shape and colours are learnt by the other terms. Where the
    mask of the face is known, they see the face alone: a network that is shown no background cannot
    draw it. Where a network draws a mask that nobody teaches it, they see whole pictures: what it
    draws, and that laid over what it was given as its mask says.

    Args:
        kind: `patch` (least squares on mixtures of real and drawn, beside what was given) or
            `unet` (cross entropy of the real and of the drawn).
        size: Side of the pictures in pixels.
        weight: What fooling them counts in the network's loss. Where they see detail, its slope
            along each picture is bounded, whatever they have learnt: they cannot outweigh the
            other terms.
        laid: Whether the network draws a mask by which its face is laid over what it was given.
        since: Share of the training from which they learn along; before it nothing is computed.
    """

    def __init__(
        self, kind: str, size: int, weight: float, laid: bool = False, since: float = 0.0
    ) -> None:
        """See the class."""
        self.kind, self.weight, self.laid, self.since = kind, weight, laid, since
        self.on = tf.Variable(not since, trainable=False)
        self.nets = {side: KINDS[kind](size) for side in SIDES}
        self.optimizer: Any = scaled(FusedAdam(RATE, beta_1=MOMENTUM, beta_2=0.999))
        self.optimizer.build(self.weights)

    @property
    def weights(self) -> list[Any]:
        """What they learn."""
        return [w for side in SIDES for w in self.nets[side].trainable_variables]

    @property
    def variables(self) -> list[Any]:
        """All that a checkpoint has to hold of them."""
        return [*self.weights, *self.optimizer.variables]

    def at(self, share: float, part: float) -> None:
        """Be told how much of the training is done, and which part of its rate a step has."""
        self.on.assign(share >= self.since)
        self.optimizer.learning_rate = RATE * part

    def fooled(self, views: Mapping[str, View]) -> Any:
        """How far they are from taking what was drawn for real; 0 while they are off."""

        def computed() -> Any:
            return tf.add_n([self._fooled(side, view) for side, view in views.items()])

        return self._unless_off(computed)

    def learn(self, views: Mapping[str, View], seed: Sequence[Any]) -> Any:
        """One step, unless they are off.

        Args:
            views: What was drawn, by side.
            seed: Two numbers, by which mixtures are drawn.

        Returns:
            How far they were from telling the drawn from the real; 0 while they are off.
        """
        return self._unless_off(lambda: self._learn(views, seed))

    def _unless_off(self, computed: Callable[[], Any]) -> Any:
        return tf.cond(self.on, computed, lambda: tf.zeros(())) if self.since else computed()

    def _learn(self, views: Mapping[str, View], seed: Sequence[Any]) -> Any:
        still = {
            s: View(*(None if v is None else tf.stop_gradient(v) for v in view))
            for s, view in ((s, views[s]._replace(described=None)) for s in views)
        }
        share = mixture(seed)
        with tf.GradientTape() as tape:
            wrong = tf.add_n([self._untold(side, view, share) for side, view in still.items()])
            parts = tf.distribute.get_strategy().num_replicas_in_sync
            loss = self.optimizer.scale_loss(wrong / parts)
        gradients = tape.gradient(loss, [w.value for w in self.weights])
        self.optimizer.apply(gradients, self.weights)
        return wrong

    def _fooled(self, side: str, view: View) -> Any:
        if self.laid:
            return tf.add_n([self._wrong(side, view, one, 1.0) for one in self._drawn(view)])
        with tf.GradientTape() as tape:
            tape.watch(view.drawn)
            wrong = tf.add_n([self._wrong(side, view, one, 1.0) for one in self._drawn(view)])
            lifted = LIFTED * wrong
        return bounded(wrong, view.drawn, tape.gradient(lifted, view.drawn) / LIFTED)

    def _untold(self, side: str, view: View, share: Any) -> Any:
        real = self._seen(view, view.real)
        if self.kind == "patch":
            mixed = [share * real + (1 - share) * picture for picture in self._drawn(view)]
            return tf.add_n([self._wrong(side, view, picture, share) for picture in mixed])
        halves = [(real, 1.0), *((picture, 0.0) for picture in self._drawn(view))]
        return tf.add_n([self._wrong(side, view, *half) for half in halves]) / 2

    def _drawn(self, view: View) -> list[Any]:
        """The pictures that are to be told from real ones."""
        pictures = [view.drawn]
        if self.laid:
            over = view.alpha[..., None]
            pictures.append(over * view.drawn + (1 - over) * view.given)
        return [self._seen(view, picture) for picture in pictures]

    def _seen(self, view: View, picture: Any) -> Any:
        """What the discriminators see of a picture."""
        middle, seen = (0.0, picture) if self.laid else (0.5, ENLARGED * detail(picture))
        return middle + (seen if view.mask is None else seen * view.mask[..., None])

    def _wrong(self, side: str, view: View, picture: Any, truth: Any) -> Any:
        if self.kind == "patch":
            scores = self.nets[side](tf.concat([picture, view.given], -1), training=True)
            return tf.reduce_mean((scores - truth) ** 2)
        heads = self.nets[side](picture, training=True)
        return tf.add_n([tf.reduce_mean(_cross_entropy(head, truth)) for head in heads])


def bounded(value: Any, pictures: Any, slopes: Any) -> Any:
    """A value whose slope along no picture is longer than `STEEPEST` of a mean absolute error.

    Args:
        value: What it is.
        pictures: (n, s, s, 3) what it depends on.
        slopes: (n, s, s, 3) its slopes along them.
    """
    numbers = tf.cast(tf.size(pictures), tf.float32)
    most = STEEPEST / tf.sqrt(tf.cast(tf.shape(pictures)[0], tf.float32) * numbers)
    kept = tf.stop_gradient(tf.clip_by_norm(slopes, most, (1, 2, 3)))
    along = tf.reduce_sum(pictures * kept)
    return tf.stop_gradient(value - along) + along


def mixture(seed: Sequence[Any]) -> Any:
    """A share from 0 to 1, mostly near an end: of the beta distribution by `EXTREME`."""
    first, second = tf.unstack(tf.random.stateless_gamma((2,), seed, EXTREME))
    return first / tf.maximum(first + second, 1e-30)


def _cross_entropy(logits: Any, truth: float) -> Any:
    return tf.nn.sigmoid_cross_entropy_with_logits(tf.fill(tf.shape(logits), truth), logits)

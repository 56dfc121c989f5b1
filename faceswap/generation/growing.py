"""GrowingGan: generator and critic that begin with 4 by 4 pixels and grow while they learn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from faceswap.generation.gan import Gan, Rules


@dataclass(frozen=True)
class Growth:
    """When pictures double: a function of the step, so that a resumed training grows alike.

    Attributes:
        levels: How many sizes there are; level 0 is the smallest.
        steps: Steps of the fade to a level and, as many, of the time after it; level 0 has no fade.
    """

    levels: int
    steps: int

    def level(self, step: int) -> int:
        """The level that a step learns."""
        return min((step // self.steps + 1) // 2, self.levels - 1)

    def begin(self, level: int) -> int:
        """The first step of a level."""
        return max(0, (2 * level - 1) * self.steps)


class GrowingGan(Gan):
    """A `Gan` whose pictures double in the course of the training (Karras et al. 2018).

    The generator has an output for each level. The critic has an input of pictures for each level
    and, as the last, the "share" (n, 1) of the newest level in what it sees; and an output for each
    level. At a share of 0 pictures and scores are exactly those of the level before.

    Only what a level uses is computed and learnt; the optimisers forget their moments where one
    begins. The weight `grown` says what samples are made of: 1.25 is a quarter of level 2.
    """

    def __init__(
        self, generator: Any, average: Any, critic: Any, rules: Rules, growth: Growth
    ) -> None:
        """As a `Gan`; `growth` says when it grows."""
        super().__init__(generator, average, critic, rules)
        self.growth = growth
        self.level = 0
        self.grown = self.add_weight(name="grown", shape=(), initializer="zeros", trainable=False)

    def compile(self, optimizer: Any, critic_optimizer: Any) -> None:
        """Give both their optimisers, of `FusedAdam`."""
        super().compile(optimizer, critic_optimizer)
        self.traced: Any = None

    def make_train_function(self, force: bool = False) -> None:
        """What `fit` calls for a step: the graph of the level that the step learns."""
        self.train_function = self._grow

    def train_step(self, data: Any) -> dict[str, Any]:
        """As a `Gan`, at this level."""
        done = super().train_step(data)
        self.grown.assign(self.level - 1.0 + self.share() if self.level else 0.0)
        return done

    def share(self) -> Any:
        """How much of the newest level there is at this step, 0 to 1."""
        if not self.level:
            return tf.constant(1.0)
        since = self.optimizer.iterations.value - self.growth.begin(self.level)
        return tf.clip_by_value(tf.cast(since, tf.float32) / self.growth.steps, 0.0, 1.0)

    def seen(self, faces: Any) -> Any:
        """The faces at the level's size, faded as the generator's are."""
        for _ in range(self.growth.levels - 1 - self.level):
            faces = halved(faces)
        return faded([halved(faces), faces], self.share()) if self.level else faces

    def draw(self, count: Any, labels: Any) -> dict[str, Any]:
        """Random inputs of the generator; "used" is how many levels are in use."""
        drawn = super().draw(count, labels)
        if "used" in drawn:
            drawn["used"] = tf.fill((count, 1), self.level + 1.0)
        return drawn

    def generate(self, inputs: Any) -> Any:
        """The generator's pictures at the level's size."""
        pictures = _outputs(self.generator, self.level)(inputs, training=True)
        return faded(pictures, self.share())

    def score(self, pictures: Any, labels: Any) -> Any:
        """The critic's scores (n,) of pictures of the level's size."""
        share = tf.fill((tf.shape(pictures)[0], 1), self.share())
        given = [self.critic.inputs[self.level], self.critic.inputs[-1]]
        # Graphs of the same names are put in order alike, and so give the same to the last bit.
        critic = keras.Model(given, self.critic.outputs[self.level], name=f"critic_{self.level}")
        scores = critic([pictures, share], training=True)
        return tf.reshape(tf.cast(scores, tf.float32), (-1,))

    def call(self, inputs: Any) -> Any:
        """The pictures of the running mean, as large as they are to become."""
        return self.shown(self.average, inputs)

    def shown(self, generator: Any, inputs: Any) -> Any:
        """What a network with an output for each level makes, as far as this one has grown."""
        with tf.init_scope():
            grown = float(self.grown.numpy())
        level = math.ceil(grown)
        pictures = _outputs(generator, level)(inputs, training=False)
        picture = faded(pictures, 1.0 - (level - grown))
        for _ in range(self.growth.levels - 1 - level):
            picture = doubled(picture)
        return picture

    def _grow(self, iterator: Any) -> Any:
        step = int(self.optimizer.iterations.numpy())
        level = self.growth.level(step)
        begun = self.growth.begin(level)
        if self.traced is None or level != self.level:
            self.level = level
            self.optimizer.begun = begun
            self.critic_optimizer.begun = begun * self.rules.critic_steps
            super().make_train_function(force=True)
            self.traced, self.train_function = self.train_function, self._grow
        if level and step == begun:
            self.optimizer.forget()
            self.critic_optimizer.forget()
        return self.traced(iterator)


def faded(pictures: Any, share: Any) -> Any:
    """`share` of the last picture, the rest of the one before, doubled; of one alone, that."""
    if not isinstance(pictures, list):
        return pictures
    if len(pictures) == 1:
        return pictures[0]
    low, high = pictures
    return (1.0 - share) * doubled(low) + share * high


def doubled(pictures: Any) -> Any:
    """(n, h, w, c) to (n, 2h, 2w, c): each place four times."""
    return tf.repeat(tf.repeat(pictures, 2, axis=1), 2, axis=2)


def halved(pictures: Any) -> Any:
    """(n, 2h, 2w, c) to (n, h, w, c): the mean of four places."""
    return tf.nn.avg_pool2d(pictures, 2, 2, "VALID")


def _outputs(generator: Any, level: int) -> Any:
    outputs = generator.outputs[max(0, level - 1) : level + 1]
    return keras.Model(generator.inputs, outputs, name=f"{generator.name}_{level}")

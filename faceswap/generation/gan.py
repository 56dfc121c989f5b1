"""Gan: a generator and a critic that learn from each other, one step of both under Keras' `fit`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from faceswap.errors import Unsupported
from faceswap.generation import penalties
from faceswap.generation.adversarial_losses import GAMES
from faceswap.generation.diff_augment import changed
from faceswap.networks.residual_nets import MEANING


@dataclass(frozen=True)
class Rules:
    """How generator and critic are taught: a line of their paper's table.

    Attributes:
        game: One of `GAMES`.
        critic_steps: Steps of the critic to one of the generator, each with its own part of the
            batch.
        critic_rate: Length of the critic's steps to the generator's (Heusel et al. 2017).
        clip: Largest weight of the critic; 0 for no limit.
        penalty: Weight of the gradient penalty.
        real_slope: Weight of the critic's squared slope at real pictures, R1.
        drift: Weight of the squared scores of real pictures.
        crossing: Weight of the generator's kernels' columns not being at right angles.
        mismatched: Whether the critic is shown real pictures with others' labels too.
        augment: How pictures are changed before the critic sees them.
        average: How much of the generator's running mean a step keeps.
    """

    game: str = "non_saturating"
    critic_steps: int = 1
    critic_rate: float = 1.0
    clip: float = 0.0
    penalty: float = 0.0
    real_slope: float = 0.0
    drift: float = 0.0
    crossing: float = 0.0
    mismatched: bool = False
    augment: str = "none"
    average: float = 0.999


class Gan(keras.Model):  # type: ignore[misc]  # Keras has no types
    """A generator, its running mean and a critic.

    The generator's inputs are what it makes a picture of: "label" is (n, classes), one label being
    1; one whose name begins with "chance" is from 0 to 1; all others are normal. All of its chance
    is in them. The critic takes a picture from -1 to 1, and the label where there is one, and
    gives a score (n, 1). Both pass over the batch in training mode whenever they learn.

    Random numbers come from one generator whose state is a weight: a checkpoint continues them.

    Args:
        generator: A `keras.Model`; its pictures are from -1 to 1.
        average: The same, to hold the running mean of its weights; samples are made with it.
        critic: A `keras.Model`.
        rules: How they are taught.
    """

    def __init__(self, generator: Any, average: Any, critic: Any, rules: Rules) -> None:
        """The running mean begins with the generator's weights."""
        super().__init__()
        self.generator, self.average, self.critic = generator, average, critic
        self.rules = rules
        self.seeds = keras.random.SeedGenerator()
        average.set_weights(generator.get_weights())
        average.trainable = False
        names = ("loss", "generator_loss", "critic_loss", "penalty", "on_real", "on_fake")
        self.means = {name: keras.metrics.Mean(name=name) for name in names}
        self.built = True

    def compile(self, optimizer: Any, critic_optimizer: Any) -> None:
        """Give both their optimisers; the critic's follows the rate of the generator's."""
        if keras.config.dtype_policy().compute_dtype == "float16":
            raise Unsupported("models of this kind do not learn in float16: --precision float32")
        if tf.distribute.has_strategy():
            raise Unsupported("models of this kind learn on one device: --strategy none")
        super().compile(optimizer, jit_compile=False)
        self.critic_optimizer = critic_optimizer
        optimizer.build(self.generator.trainable_variables)
        critic_optimizer.build(self.critic.trainable_variables)

    @property
    def metrics(self) -> list[Any]:
        """The means of a segment of the history."""
        return list(self.means.values())

    def call(self, inputs: Any) -> Any:
        """The pictures that the running mean of the generator makes of its inputs."""
        return self.average(inputs, training=False)

    def train_step(self, data: Any) -> dict[str, Any]:
        """The critic's steps and one of the generator.

        Args:
            data: Faces (n, h, w, 3) from 0 to 1; with labels, also the numbers (n,) of their
                classes. Made pictures have the labels of the real ones, so that no class is rarer
                among them.
        """
        faces, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        if labels is not None:
            labels = tf.one_hot(labels, self._classes())
        faces = self.seen(2.0 * tf.cast(faces, tf.float32) - 1.0)
        rate = self.optimizer.learning_rate * self.rules.critic_rate
        self.critic_optimizer.learning_rate.assign(rate)
        # One graph, however many steps there are.
        teach_critic = tf.function(self._teach_critic, autograph=False)
        for number in range(self.rules.critic_steps):
            real, labelled = self._part(faces, number), self._part(labels, number)
            critic_loss = teach_critic(real, labelled)
        generator_loss = self._teach_generator(real, labelled)
        self._follow()
        self.means["loss"].update_state(critic_loss + generator_loss)
        return dict(self.get_metrics_result())

    def seen(self, faces: Any) -> Any:
        """The real faces as they are shown to the critic."""
        return faces

    def generate(self, inputs: Any) -> Any:
        """The generator's pictures, in training mode."""
        return self.generator(inputs, training=True)

    def score(self, pictures: Any, labels: Any) -> Any:
        """The critic's scores (n,), in training mode."""
        inputs = pictures if labels is None else [pictures, labels]
        return tf.reshape(tf.cast(self.critic(inputs, training=True), tf.float32), (-1,))

    def draw(self, count: Any, labels: Any) -> dict[str, Any]:
        """Random inputs of the generator."""
        drawn = {}
        for given in self.generator.inputs:
            shape = (count, *given.shape[1:])
            name = given.name
            if name == "label":
                drawn[name] = labels
            elif name.startswith("chance"):
                drawn[name] = keras.random.uniform(shape, seed=self.seeds, dtype="float32")
            else:
                drawn[name] = keras.random.normal(shape, seed=self.seeds, dtype="float32")
        return drawn

    def _classes(self) -> int:
        return next(int(i.shape[-1]) for i in self.generator.inputs if i.name == "label")

    def _part(self, rows: Any, number: int) -> Any:
        """The rows of one critic's step; from the beginning again where they do not suffice."""
        if rows is None:
            return None
        count = tf.shape(rows)[0]
        length = tf.maximum(1, count // self.rules.critic_steps)
        return tf.gather(rows, (tf.range(length) + number * length) % count)

    def _changed(self, pictures: Any) -> Any:
        return changed(pictures, self.rules.augment, self.seeds)

    def _teach_critic(self, real: Any, labels: Any) -> Any:
        game, means = GAMES[self.rules.game], self.means
        fake = self.generate(self.draw(tf.shape(real)[0], labels))
        real, fake = self._changed(real), self._changed(fake)
        with tf.GradientTape() as tape:
            on_real, on_fake = self.score(real, labels), self.score(fake, labels)
            lost = tf.reduce_mean(game.fake(on_fake))
            if self.rules.mismatched:
                on_other = self.score(real, self._others(labels))
                lost = (lost + tf.reduce_mean(game.fake(on_other))) / 2.0
            lost += tf.reduce_mean(game.real(on_real))
            penalty = self._penalty(real, fake, labels, on_real)
            total = lost + penalty
        _step(self.critic_optimizer, tape, total, self.critic.trainable_variables)
        if self.rules.clip:
            penalties.clip(self.critic.trainable_variables, self.rules.clip)
        shown = {"critic_loss": lost, "penalty": penalty, "on_real": on_real, "on_fake": on_fake}
        for name, value in shown.items():
            means[name].update_state(value)
        return total

    def _teach_generator(self, real: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            fake = self.generate(self.draw(tf.shape(real)[0], labels))
            scores = self.score(self._changed(fake), labels)
            lost = tf.reduce_mean(GAMES[self.rules.game].generator(scores))
            total = lost
            if self.rules.crossing:
                total += self.rules.crossing * penalties.crossing(self._kernels())
        _step(self.optimizer, tape, total, self.generator.trainable_variables)
        self.means["generator_loss"].update_state(lost)
        return total

    def _penalty(self, real: Any, fake: Any, labels: Any, on_real: Any) -> Any:
        rules, total = self.rules, tf.constant(0.0)

        def score(pictures: Any) -> Any:
            return self.score(pictures, labels)

        if rules.penalty:
            share = keras.random.uniform((tf.shape(real)[0], 1, 1, 1), seed=self.seeds)
            slope = penalties.gradient_penalty(score, real, fake, share)
            total += rules.penalty * slope
        if rules.real_slope:
            total += rules.real_slope * penalties.real_slope(score, real)
        if rules.drift:
            total += rules.drift * penalties.drift(on_real)
        return total

    def _others(self, labels: Any) -> Any:
        """For each label another one, as likely as any."""
        count = labels.shape[-1]
        chance = keras.random.uniform((tf.shape(labels)[0],), seed=self.seeds)
        away = 1 + tf.cast(chance * (count - 1), tf.int32)
        return tf.one_hot((tf.argmax(labels, -1, tf.int32) + away) % count, count)

    def _kernels(self) -> list[Any]:
        # Of fewer classes than numbers, what labels stand for cannot be at right angles.
        own = self.generator.trainable_variables
        return [v for v in own if v.name == "kernel" and MEANING not in v.path.split("/")]

    def _follow(self) -> None:
        """Move the running mean towards the generator: the faster, the fewer the steps were."""
        done = tf.cast(self.optimizer.iterations.value, tf.float32)
        left = 1.0 - tf.minimum(self.rules.average, done / (done + 10.0))
        for mean, now in zip(self.average.weights, self.generator.weights, strict=True):
            mean.assign_add(left * (tf.convert_to_tensor(now) - tf.convert_to_tensor(mean)))


def _step(optimizer: Any, tape: Any, loss: Any, variables: list[Any]) -> None:
    """One step along the gradients; a weight that had no part in the loss stays as it is."""
    gradients = tape.gradient(loss, variables)
    taken = [(g, v) for g, v in zip(gradients, variables, strict=True) if g is not None]
    optimizer.apply(*zip(*taken, strict=True))

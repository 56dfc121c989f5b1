"""Batches of aligned faces, each a function of the seed and the step alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap.data.augment import Augment, unchanged
from faceswap.data.changes import reduced
from faceswap.data.labels import NONE
from faceswap.data.lots import Lots
from faceswap.data.packed import PackedFaces

Faces = NDArray[np.float32]
#: What is changed of a face that is to be drawn as it is: it may be mirrored.
PLAIN = Augment(rotation=0, zoom=0, shift=0, warp=0, flip=True, color=0)


@dataclass(frozen=True)
class FaceBatches:
    """Training batches of one side's faces, with their classes where these are learnt.

    Attributes:
        packed: The faces.
        size: Side in pixels of the network's pictures.
        batch: Faces in a batch.
        augment: How faces are turned, moved and mirrored; they are never warped.
        seed: Batches of one seed are always the same, in any process and order.
        learnt: The places of the faces to learn from; without it, all are.
        classes: The class of each face, or none where faces alone are learnt; those of class
            `labels.NONE` are left out.
    """

    packed: PackedFaces
    size: int
    batch: int
    augment: Augment = field(default_factory=lambda: PLAIN)
    seed: int = 0
    learnt: NDArray[np.intp] | None = None
    classes: NDArray[np.int32] | None = None

    def __call__(self, step: int) -> Faces | tuple[Faces, NDArray[np.int32]]:
        """The batch of one step.

        Returns:
            (n, size, size, 3) float32 from 0 to 1; with classes, also their numbers (n,) int32.
        """
        places = self.order(step)
        still = replace(self.augment, warp=0, kind="classic", color=0)
        changes = still.draw(self._random(1, step), self.batch)
        crops = [reduced(self.packed.faces[place], self.size) for place in places]
        faces = np.float32(1 / 255) * changes.targets(crops, self.size)
        return faces if self.classes is None else (faces, self.classes[places])

    def after(self, step: int) -> Iterator[Any]:
        """The batches of `step`, `step` + 1 and so on, for ever."""
        while True:
            yield self(step)
            step += 1

    def order(self, step: int) -> NDArray[np.intp]:
        """Which faces a step takes: all before any comes again."""
        return Lots(self.places).taken(step, self.batch, partial(self._random, 0))

    @cached_property
    def places(self) -> NDArray[np.intp]:
        """The places of the faces that are learnt."""
        learnt = np.arange(len(self.packed.faces)) if self.learnt is None else self.learnt
        return learnt if self.classes is None else learnt[self.classes[learnt] != NONE]

    def plain(self, places: Sequence[int] | NDArray[np.intp]) -> Faces:
        """The faces at these places as they are, (n, size, size, 3) float32 from 0 to 1."""
        return unchanged(self.packed.faces, places, self.size)

    @property
    def specs(self) -> Any:
        """What TensorFlow is told of a batch."""
        import tensorflow as tf

        faces = tf.TensorSpec((self.batch, self.size, self.size, 3), tf.float32)
        return faces if self.classes is None else (faces, tf.TensorSpec((self.batch,), tf.int32))

    def _random(self, kind: int, number: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox([self.seed, 2, kind, number]))

"""Batches of warped pairs of faces, each a function of the seed and the step alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import count
from time import perf_counter
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap import clock
from faceswap.data.augment import Augment, Guides, unchanged
from faceswap.data.changes import Changes, in_square, reduced
from faceswap.data.degrade import Degrade
from faceswap.data.expression import COUNT, comparable, expression, nearest, placed
from faceswap.data.lesson import Lesson
from faceswap.data.lots import Lots, lots
from faceswap.data.packed import PackedFaces
from faceswap.data.relight import Lit

#: The two sides in the order of every batch.
SIDES = ("source", "target")

#: Value of a face in a map of its parts, whose soft edge is below.
FACE = 127
#: Landmarks of the parts that a person is known by and that speak, and their values in such a map.
EYES, MOUTH = 254, 255
PARTS = ((slice(36, 42), EYES), (slice(42, 48), EYES), (slice(48, 60), MOUTH))
#: Batches made before they are asked for.
AHEAD = 2
#: Faces of the other side, those of the nearest expressions, that one is warped towards.
NEAR = 10

Batch = dict[str, NDArray[np.float32]]
#: When the batch of each step was begun and ready, by `time.perf_counter`.
Made = dict[int, tuple[float, float]]


def always(step: int) -> float:
    """All of it, at every step."""
    return 1.0


@dataclass(frozen=True)
class WarpedPairs:
    """Training batches of both sides: the warped face to start from and the face to arrive at.

    Attributes:
        sides: Packed faces by "source" and "target"; they need not be equally many.
        size: Side in pixels of the network's pictures.
        batch: Faces a side in a batch.
        augment: How the examples are changed.
        seed: Batches of one seed are always the same, in any process and order.
        lesson: What is taught beside the pictures, and which pixels count most.
        learnt: The places of each side's crops to learn from; without it, all are.
        ease: How much of the warp is left at a step, 0 to 1.
        sampling: Which crops come more often than others, one of `lots.SAMPLINGS`.
    """

    sides: dict[str, PackedFaces]
    size: int
    batch: int
    augment: Augment = field(default_factory=Augment)
    seed: int = 0
    lesson: Lesson = field(default_factory=Lesson)
    learnt: Mapping[str, NDArray[np.intp]] | None = None
    ease: Callable[[int], float] = always
    sampling: str = "expressions"

    def __call__(self, step: int) -> tuple[Batch, Batch, Batch]:
        """The batch of one step.

        Returns:
            Inputs (n, size, size, 3) and targets, of 3 or, with the mask, 4 channels, float32 from
            0 to 1, and the weights of the targets' pixels (n, size, size) with mean 1; each by
            side. Where they are told, among the targets, of the faces of both sides and source
            first, the "expression" (2n, 13), and the "eyes" (2n, size, size), 1 on eyes and 0
            elsewhere.
        """
        done = [self._side(step, number) for number in range(len(SIDES))]
        inputs, targets, weights = (
            dict(zip(SIDES, parts, strict=True)) for parts in list(zip(*done, strict=True))[:3]
        )
        for name in done[0][3]:
            targets[name] = np.concatenate([more[name] for *_, more in done])
        if self.lesson.expression:
            weights["expression"] = np.ones(2 * self.batch, np.float32)
        return inputs, targets, weights

    @cached_property
    def expressions(self) -> Sequence[NDArray[np.float32]]:
        """The measures of each side's faces (n, 9), made comparable."""
        return comparable(*(expression(self.sides[side].landmarks) for side in SIDES))

    def after(self, step: int) -> Iterator[tuple[Batch, Batch, Batch]]:
        """The batches of `step`, `step` + 1 and so on, for ever."""
        while True:
            yield self(step)
            step += 1

    @property
    def specs(self) -> Any:
        """The form of a batch in TensorFlow's words."""
        return pair_specs(self.batch, self.size, self.lesson)

    def order(self, step: int, side: int) -> list[int]:
        """Which crops a step takes: all lots before any comes again."""
        shuffle = partial(self._random, side, 0)
        return [int(place) for place in self._lots[side].taken(step, self.batch, shuffle)]

    @cached_property
    def _lots(self) -> list[Lots]:
        return [
            lots(self.sampling, self._learnt(number), measures, self.sides[side].landmarks)
            for number, (side, measures) in enumerate(zip(SIDES, self.expressions, strict=True))
        ]

    def _learnt(self, number: int) -> NDArray[np.intp]:
        side = SIDES[number]
        return self.learnt[side] if self.learnt else np.arange(len(self.sides[side].faces))

    def plain(self, side: str, chosen: Sequence[int]) -> NDArray[np.float32]:
        """The crops at these places of a side, unchanged, as the network sees them when it swaps.

        Returns:
            (n, size, size, 3) float32 from 0 to 1.
        """
        return unchanged(self.sides[side].faces, chosen, self.size)

    def _random(self, side: int, kind: int, number: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox([self.seed, side, kind, number]))

    def _side(self, step: int, number: int) -> tuple[Any, Any, Any, Batch]:
        """A side's inputs, targets and weights, and what else is told of its faces."""
        packed = self.sides[SIDES[number]]
        augment = replace(self.augment, warp=self.augment.warp * self.ease(step))
        places = self.order(step, number)
        guides = self._guides(step, number, places) if augment.kind == "landmarks" else None
        changes = augment.draw(self._random(number, 1, step), self.batch, guides)
        faces = changes.tinted(self._relit(step, number, places))
        inputs, targets = changes.inputs(faces, self.size), changes.targets(faces, self.size)
        if augment.degrade != Degrade():
            inputs = augment.degrade(self._random(number, 4, step), inputs)
        masks = changes.targets([reduced(packed.masks[at], self.size) for at in places], self.size)
        if self.lesson.mask:
            targets = np.concatenate([targets, masks[..., None]], axis=-1)
        parts = self._parts(masks, packed, places, changes)
        more: Batch = {}
        if self.lesson.expression:
            more["expression"] = placed(self.expressions[number][places], changes.matrices)
        if self.lesson.eye_map:
            more["eyes"] = np.asarray(parts == EYES, np.float32)
        shares = np.float32(1 / 255) * inputs, np.float32(1 / 255) * targets
        return *shares, self._weights(parts), more

    def _guides(self, step: int, number: int, places: list[int]) -> Guides:
        """Landmarks of the faces, and of a face of the other side that does about the same."""
        other, random = 1 - number, self._random(number, 2, step)
        known = self._learnt(other)
        near = nearest(self.expressions[number][places], self.expressions[other][known], NEAR)
        chosen = known[near[np.arange(len(near)), random.integers(near.shape[1], size=len(near))]]
        own, goal = self.sides[SIDES[number]], self.sides[SIDES[other]]
        points = in_square(own.landmarks[places], own.faces.shape[1])
        return points, in_square(goal.landmarks[chosen], goal.faces.shape[1])

    def _relit(self, step: int, number: int, places: list[int]) -> list[NDArray[np.uint8]]:
        """The crops, some in another light."""
        own, relight = self.sides[SIDES[number]], self.augment.relight
        faces = [reduced(own.faces[place], self.size) for place in places]
        random = self._random(number, 3, step)
        if relight.recolor:
            masks = [reduced(own.masks[place], self.size) for place in places]
            faces = relight.recolored(random, (faces, masks), self._others(random))
        return relight.shadowed(random, faces) if relight.shadow else faces

    def _others(self, random: np.random.Generator) -> Lit:
        """Crops and masks chosen at random from both sides, as many as a batch has."""
        chosen = []
        for number in random.integers(len(SIDES), size=self.batch):
            packed, known = self.sides[SIDES[number]], self._learnt(number)
            chosen.append((packed, int(random.choice(known))))
        faces, masks = ([getattr(p, n)[at] for p, at in chosen] for n in ("faces", "masks"))
        return [reduced(one, self.size) for one in faces], [
            reduced(one, self.size) for one in masks
        ]

    def _parts(
        self,
        masks: NDArray[np.uint8],
        packed: PackedFaces,
        places: list[int],
        changes: Changes,
    ) -> NDArray[np.uint8]:
        """Where the face, its eyes and its mouth are, by the values that `PARTS` has."""
        if not (self.lesson.weighs or self.lesson.eye_map):
            return masks
        found = masks // 2
        whole = changes.to_pixels(self.size, packed.faces.shape[1])
        for picture, matrix, place in zip(found, whole, places, strict=True):
            back = cv2.invertAffineTransform(matrix)
            _draw_parts(picture, packed.landmarks[place] @ back[:, :2].T + back[:, 2])
        return found

    def _weights(self, parts: NDArray[np.uint8]) -> NDArray[np.float32]:
        lesson = self.lesson
        if not lesson.weighs:
            return np.ones(parts.shape, np.float32)
        levels = np.interp(np.arange(256), (0, FACE), (1, lesson.face))
        levels[[EYES, MOUTH]] = lesson.eyes, lesson.mouth
        weights = levels[parts]
        return np.asarray(weights / weights.mean(), np.float32)


class Feed(Protocol):
    """What a training is fed by."""

    @property
    def batch(self) -> int:
        """Faces in a batch, of each side where there are two."""

    def after(self, step: int) -> Iterator[Any]:
        """The batches of `step`, `step` + 1 and so on, for ever."""

    @property
    def specs(self) -> Any:
        """The form of a batch in TensorFlow's words: the same tree of `TensorSpec`."""


def pair_specs(batch: int, size: int, lesson: Lesson) -> Any:
    """The form of a batch of `WarpedPairs`."""
    import tensorflow as tf

    faces = (batch, size, size)
    inputs, targets, weights = (
        {side: tf.TensorSpec(shape, tf.float32) for side in SIDES}
        for shape in ((*faces, 3), (*faces, 3 + lesson.mask), faces)
    )
    if lesson.expression:
        targets["expression"] = tf.TensorSpec((2 * batch, COUNT), tf.float32)
        weights["expression"] = tf.TensorSpec((2 * batch,), tf.float32)
    if lesson.eye_map:
        targets["eyes"] = tf.TensorSpec((2 * batch, size, size), tf.float32)
    return inputs, targets, weights


def batches(feed: Feed, step: int, made: Made | None = None) -> Any:
    """A `tf.data.Dataset` of the batches from `step` on, made ahead by one thread.

    When each was begun and ready is put into `made`.
    """
    import tensorflow as tf

    def make() -> Iterator[Any]:
        source = feed.after(step)
        for number in count(step):
            begun = perf_counter()
            with clock.part("warp"):
                batch = next(source)
            if made is not None:
                made[number] = begun, perf_counter()
            yield batch

    stream = tf.data.Dataset.from_generator(make, output_signature=feed.specs)
    return stream.prefetch(AHEAD)


def _draw_parts(picture: NDArray[np.uint8], points: NDArray[np.float32]) -> None:
    """Draw eyes and mouth, and a little around them, over the rest of the face."""
    for part, value in PARTS:
        outline = points[part].round().astype(np.int32)
        cv2.polylines(picture, [outline], True, value, max(1, picture.shape[0] // 16))
        cv2.fillPoly(picture, [outline], value)

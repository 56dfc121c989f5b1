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
from faceswap.augment import Augment, Guides, unchanged
from faceswap.changes import Changes, in_square, reduced
from faceswap.degrade import Degrade
from faceswap.expression import COUNT, comparable, expression, nearest, placed
from faceswap.lesson import Lesson
from faceswap.lots import Lots, lots
from faceswap.packed import PackedFaces
from faceswap.relight import Lit

#: The two sides in the order of every batch.
SIDES = ("source", "target")

#: Landmarks of the parts that a person is known by and that speak: the eyes, the lips.
FEATURES = (slice(36, 42), slice(42, 48), slice(48, 60))
#: Value of a face in a map of weights that has its features at 255.
HALF = 127
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
            side. Where it is taught, among the targets the "expression" of the faces of both
            sides, source first, (2n, 13).
        """
        done = [self._side(step, number) for number in range(len(SIDES))]
        inputs, targets, weights = (
            {side: parts[n] for side, parts in zip(SIDES, done, strict=True)} for n in range(3)
        )
        if self.lesson.expression:
            targets["expression"] = np.concatenate([parts[3] for parts in done])
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

    def _side(self, step: int, number: int) -> tuple[NDArray[np.float32], ...]:
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
        weights = self._weights(masks, packed, places, changes)
        pictures = np.float32(1 / 255) * inputs, np.float32(1 / 255) * targets, weights
        if not self.lesson.expression:
            return pictures
        return *pictures, placed(self.expressions[number][places], changes.matrices)

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

    def _weights(
        self,
        masks: NDArray[np.uint8],
        packed: PackedFaces,
        places: list[int],
        changes: Changes,
    ) -> NDArray[np.float32]:
        lesson = self.lesson
        if (lesson.face, lesson.features) == (1, 1):
            return np.ones(masks.shape, np.float32)
        moved = masks.copy()
        whole = changes.to_pixels(self.size, packed.faces.shape[1])
        for picture, matrix, place in zip(moved, whole, places, strict=True):
            back = cv2.invertAffineTransform(matrix)
            _draw_features(picture, packed.landmarks[place] @ back[:, :2].T + back[:, 2])
        levels = np.interp(np.arange(256), (0, HALF, 255), (1, lesson.face, lesson.features))
        weights = levels[moved]
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


def _draw_features(picture: NDArray[np.uint8], points: NDArray[np.float32]) -> None:
    """Raise eyes and mouth, and a little around them, above the rest of the face."""
    picture //= 2
    for part in FEATURES:
        outline = points[part].round().astype(np.int32)
        cv2.polylines(picture, [outline], True, 255, max(1, picture.shape[0] // 16))
        cv2.fillPoly(picture, [outline], 255)

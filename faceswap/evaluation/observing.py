"""Observer: both films looked at frame by frame, their faces found anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap.detection.descriptors import Describer, face_chip
from faceswap.detection.detectors import open_detector
from faceswap.detection.found import Found, Image, overlap
from faceswap.detection.landmarks import landmarker
from faceswap.detection.tracking import Track, Tracker, believed
from faceswap.evaluation.appearance import Appearance, Flicker, appearance, flicker
from faceswap.evaluation.reel import Reel

#: How much of its square a face shares with the place it is looked for at.
_SAME = 0.3
#: Frames for which the last known place of a face holds where none is given.
_HOLDS = 12

Descriptor = NDArray[np.float32]


@dataclass
class Seen:
    """What was seen in one frame.

    Attributes:
        frame: Its number in the target.
        cut: Whether a shot begins with it.
        faces: Faces found in the target's frame.
        target: (68, 2) landmarks of the face that counts, None where there is none.
        output: (68, 2) landmarks of the output's face there, None where none is found.
        looks: How the output looks at the target's face.
        flicker: What changed since the frame before.
        target_numbers: (128,) descriptor of the target's face, in the frames that get one.
        output_numbers: (128,) descriptor of the output's face.
        target_chip: The face that gets a descriptor, until `describe` gives it one.
        output_chip: The same of the output.
    """

    frame: int
    cut: bool
    faces: int = 0
    target: NDArray[np.float32] | None = None
    output: NDArray[np.float32] | None = None
    looks: Appearance | None = None
    flicker: Flicker | None = None
    target_numbers: Descriptor | None = None
    output_numbers: Descriptor | None = None
    target_chip: Image | None = field(default=None, repr=False)
    output_chip: Image | None = field(default=None, repr=False)
    _tracks: tuple[int, int] = field(default=(-1, -1), repr=False)


def describe(seen: list[Seen], describer: Describer) -> None:
    """Gives those faces their descriptors whose chips were kept."""
    for film in ("target", "output"):
        kept = [one for one in seen if getattr(one, f"{film}_chip") is not None]
        rows = describer.describe([getattr(one, f"{film}_chip") for one in kept])
        for one, row in zip(kept, rows.astype(np.float32), strict=True):
            setattr(one, f"{film}_numbers", row)
            setattr(one, f"{film}_chip", None)


class Task(NamedTuple):
    """A stretch of frames to look at.

    Attributes:
        start: Number of its first frame in the target.
        stop: And of the one behind its last.
        places: For each frame in which a face was swapped, where about; None: the largest counts.
        described: The frames in which the output's face gets a descriptor.
        known: Those in which the target's does.
    """

    start: int
    stop: int
    places: Mapping[int, Found] | None
    described: frozenset[int]
    known: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Observer:
    """Looks at a stretch of two films; picklable.

    The target is looked at with the same detector and the same landmarks as the output, so that
    both have the same noise.

    Args:
        target: The film as it was.
        output: The film to be judged.
        detector: `blaze`, `hog` or `cnn`.
        shift: Number of the target's frame that is the output's first.
    """

    target: Reel
    output: Reel
    detector: str = "blaze"
    shift: int = 0

    def __call__(self, task: Task) -> list[Seen]:
        """What is seen in each frame of the task."""
        watch = _Watch(self.detector, task)
        with self.target.reader() as old, self.output.reader() as new:
            frames = zip(
                old.frames(task.start, task.stop),
                new.frames(task.start - self.shift, task.stop - self.shift),
                strict=True,
            )
            for (number, target), (_, output) in frames:
                watch.step(number, self.target.index.frame(number)[1].cut, target, output)
        return list(watch.believed())


class _Watch:
    """Follows the faces of both films through a stretch."""

    def __init__(self, detector: str, task: Task) -> None:
        self.task = task
        find, locate = open_detector(detector).find, landmarker().locate
        self.trackers = [Tracker(find, locate), Tracker(find, locate)]
        self.tracks: list[tuple[list[Track], list[Track]]] = []
        self.seen: list[Seen] = []
        self.before: tuple[Image, Image] | None = None
        self.place: Found | None = None
        self.age = 0

    def step(self, number: int, cut: bool, target: Image, output: Image) -> None:
        both = self.trackers[0].step(target, cut), self.trackers[1].step(output, cut)
        self.tracks.append(both)
        seen = Seen(number, cut, len(both[0]))
        self.seen.append(seen)
        if cut:
            self.before, self.place = None, None
        old = self._wanted(number, both[0])
        if old is not None:
            self._look(seen, old, _there(both[1], old.seat), (target, output))
        self.before = target, output

    def _look(self, seen: Seen, old: Track, new: Track | None, now: tuple[Image, Image]) -> None:
        seen.target = old.points.astype(np.float32)
        seen.output = None if new is None else new.points.astype(np.float32)
        seen._tracks = old.name, -1 if new is None else new.name
        seen.looks = appearance(*now, old.points)
        if self.before is not None:
            seen.flicker = flicker(self.before, now, old.points)
        if seen.frame in self.task.known:
            seen.target_chip = face_chip(now[0], old.points)
        if seen.frame in self.task.described and new is not None:
            seen.output_chip = face_chip(now[1], new.points)

    def _wanted(self, number: int, tracks: list[Track]) -> Track | None:
        """The target's face that counts."""
        sure = [track for track in tracks if not track.held]
        if self.task.places is None:
            return sure[0] if sure else None
        self.age += 1
        if number in self.task.places:
            self.place, self.age = self.task.places[number], 0
        if self.place is None or self.age > _HOLDS:
            return None
        found = _there(sure, self.place)
        self.place = self.place if found is None else found.seat
        return found

    def believed(self) -> Iterator[Seen]:
        """What was seen, without faces that later turned out to be none."""
        cuts = [seen.cut for seen in self.seen]
        kept = [
            [
                {track.name for track in tracks}
                for tracks in believed([b[n] for b in self.tracks], cuts)
            ]
            for n in (0, 1)
        ]
        for seen, old, new in zip(self.seen, *kept, strict=True):
            if seen._tracks[0] not in old:
                yield Seen(seen.frame, seen.cut, len(old))
                continue
            if seen._tracks[1] not in new:
                seen.output = seen.output_chip = None
            yield seen


def _there(tracks: list[Track], seat: Found) -> Track | None:
    """The face at a place that the detector sees, if any."""
    near = [t for t in tracks if not t.held and overlap(t.seat, seat) >= _SAME]
    return max(near, key=lambda track: overlap(track.seat, seat), default=None)

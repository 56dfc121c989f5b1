"""Find the faces in every frame of each side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap import clock, pool
from faceswap.crew import Crewed
from faceswap.detection.descriptors import Describer, face_chip
from faceswap.detection.detectors import held, open_detector
from faceswap.detection.faces import Face, FrameFaces, described, make_face
from faceswap.detection.found import Found
from faceswap.detection.landmarks import Shape, landmarker
from faceswap.detection.tracking import Track, Tracker, believed
from faceswap.errors import NoFaces
from faceswap.films.footage import footage, warn_of_absent
from faceswap.films.frame_index import FrameIndex
from faceswap.films.shown import Picture
from faceswap.options import option
from faceswap.stage import Progress, Summary, silent
from faceswap.storage import room
from faceswap.storage.journal import Journal, done_before
from faceswap.workspace import Workspace

Image = NDArray[np.uint8]

#: With `descriptors = some`, a face has one when it is first seen and every so many frames.
DESCRIBED = 48
#: Tracks of a range are numbered from this many times its first frame.
_NAMES = 1000


@dataclass(frozen=True)
class Detect(Crewed):
    """Find the faces in every frame, with 68 landmarks each."""

    reads = ("frames",)
    uses = ("images",)
    writes = ("faces",)
    per_side = True
    version = 4

    detector: str = option(
        "blaze",
        "What looks for faces; hog sees frontal ones only, cnn is the slowest without a GPU.",
        choices=("blaze", "hog", "cnn"),
    )
    min_size: int = option(
        0, "Smallest face in pixels; 0: an eighth of the frame's shorter side.", low=0
    )
    threshold: float = option(
        0.0, "How much surer than usual the detector has to be of a new face.", low=-0.5, high=10
    )
    search_every: int = option(
        8, "Frames between searches of the whole frame for new faces.", low=1
    )
    max_faces: int = option(0, "Keep at most so many faces a frame, the largest; 0: all.", low=0)
    turns: bool = option(True, "Look for faces that lie on their side or stand on their head too.")
    descriptors: str = option(
        "some",
        "Which faces get the numbers that tell persons apart: one or two of each track are enough.",
        choices=("none", "some", "all"),
    )

    def needs(self, work: Workspace) -> int:
        """A face a frame: how many there are is not known yet."""
        each = room.FACE + (room.DESCRIBED if self.descriptors == "all" else 0)
        return len(FrameIndex.load(work.require("frames"))) * each

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Write the faces of every frame, one line a frame."""
        index = FrameIndex.load(work.require("frames"))
        warn_of_absent(work, progress)
        with work.making("faces") as path:
            journal = Journal(path, FrameFaces)
            left = journal.left(index.long_ranges())
            done = done_before(left, len(index))
            search, describer = _Search(self, work), self._describer(len(index))
            with progress.bar(f"detect {work.side}".strip(), len(index), done) as bar:
                for found in pool.over(search, left, self.crew(work), held(self.detector)):
                    lines = found.described_by(describer)
                    journal.append(lines)
                    bar.step(len(lines), faces=sum(len(line.faces) for line in lines))
            summary = _summary(journal)
            if not summary["faces"]:
                raise NoFaces(self._advice(work, len(index)))
        return summary

    def _describer(self, frames: int) -> Describer:
        """For so many frames: the same when a job is gone on with."""
        return Describer(frames if self.descriptors == "all" else frames // DESCRIBED)

    def _advice(self, work: Workspace, frames: int) -> str:
        other = "cnn" if self.detector == "blaze" else "blaze"
        least = f"{self.min_size} pixels" if self.min_size else "an eighth of the frame"
        return (
            f"no face of at least {least} in the {frames} frames of {work.path('frames').parent} "
            f"with the detector {self.detector}: try --min-size 20, or --detector {other}"
        )


class _Found(NamedTuple):
    """The faces of a range, those that are to be described as numbers of line and face, with chips.

    They are described in the main process: in each worker, Keras would take 3 s and 400 MB anew.
    """

    lines: list[FrameFaces]
    chips: dict[tuple[int, int], Image]

    def described_by(self, describer: Describer) -> list[FrameFaces]:
        rows = describer.describe(list(self.chips.values()))
        for (line, face), row in zip(self.chips, rows, strict=True):
            faces = self.lines[line].faces
            faces[face] = described(faces[face], row)
        return self.lines


@dataclass(frozen=True)
class _Search:
    """Finds the faces in a range of frames; runs in a worker."""

    options: Detect
    work: Workspace

    def __call__(self, frames: tuple[int, int]) -> _Found:
        start, stop = frames
        tracker = self._tracker()
        tracks: list[list[Track]] = []
        cuts: list[bool] = []
        chips: dict[tuple[int, int], Image] = {}
        with footage(self.work, threads=1) as reader:
            for number, image in clock.each("decode", reader.pictures(start, stop)):
                cuts.append(reader.index.frame(number)[1].cut)
                tracks.append(tracker.step(image, cuts[-1]))
                for track in filter(self._wanted, tracks[-1]):
                    chips[len(cuts) - 1, track.name] = _chip(image, track)
        kept = believed(tracks, cuts, self.options.threshold)
        return _Found(
            [
                FrameFaces(number, [_face(track, start) for track in seen])
                for number, seen in enumerate(kept, start)
            ],
            {
                (line, face): chips[line, track.name]
                for line, seen in enumerate(kept)
                for face, track in enumerate(seen)
                if (line, track.name) in chips
            },
        )

    def _tracker(self) -> Tracker:
        asked = self.options
        return Tracker(
            self._find,
            _locate,
            at_least=asked.min_size,
            every=asked.search_every,
            threshold=asked.threshold,
            most=asked.max_faces,
            turns=asked.turns,
        )

    def _find(self, image: Image, at_least: float) -> list[Found]:
        with clock.part("detect"):
            return open_detector(self.options.detector).find(image, at_least)

    def _wanted(self, track: Track) -> bool:
        """Whether a face gets a descriptor."""
        if self.options.descriptors == "some":
            return track.age % DESCRIBED == 0
        return self.options.descriptors == "all"


def _locate(image: Picture, face: Found) -> Shape:
    with clock.part("landmarks"):
        return landmarker().locate(image, face)


def _chip(image: Picture, track: Track) -> Image:
    with clock.part("descriptor"):
        return face_chip(image, track.points)


def _face(track: Track, start: int) -> Face:
    seat = track.seat
    name = start * _NAMES + track.name
    return make_face(seat.box, seat.score, track.points, seat.roll, name)


def _summary(journal: Journal[FrameFaces]) -> Summary:
    counts = [len(line.faces) for line in journal]
    return {
        "frames": len(counts),
        "frames_with_faces": sum(count > 0 for count in counts),
        "faces": sum(counts),
        "several": sum(count > 1 for count in counts),
    }

"""Cut each side's faces out, laid on the mean face."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from secrets import token_hex

import msgspec

from faceswap import clock, pool
from faceswap.alignment.crops import (
    LARGEST,
    RECORDS,
    SMALLEST,
    Crop,
    CropFolder,
    FrameCrops,
    pack,
    sharpness,
)
from faceswap.crew import Crewed
from faceswap.detection.faces import read_faces
from faceswap.errors import Damaged, NoFaces
from faceswap.films.footage import footage
from faceswap.films.frame_index import FrameIndex
from faceswap.films.images import write_image
from faceswap.films.shown import Picture
from faceswap.options import option
from faceswap.people.people import People
from faceswap.people.picking import Picked, picked
from faceswap.pictures.geometry import COVERAGE, MARGIN, crop_matrix, scale_of
from faceswap.pictures.sampling import sample
from faceswap.pictures.sheet import sheet, spread
from faceswap.stage import Progress, Summary, silent
from faceswap.storage import durable, room
from faceswap.storage.journal import Journal, done_before
from faceswap.workspace import Workspace

Piece = tuple[int, int, dict[int, list[Picked]]]

#: The contact sheet beside the crops, and how many faces are on it.
SHEET = "sheet.png"
SHOWN = 96


@dataclass(frozen=True)
class Align(Crewed):
    """Cut out the faces of those who are swapped, turned and scaled onto the mean face."""

    reads = ("frames", "faces", "people")
    uses = ("images",)
    writes = ("crops",)
    per_side = True
    version = 4

    size: int = option(256, "Side of a crop in pixels.", low=64, high=LARGEST)
    coverage: str = option("face", "How much of the head a crop shows.", choices=("face", "head"))
    steady: float = option(
        1.0,
        "How strongly faces are steadied over time; 0: not at all, and no gap is filled.",
        low=0,
        high=3,
    )
    min_sharpness: float = option(
        0.0, "Do not learn from crops blurrier than this (variance of the Laplacian).", low=0
    )
    min_face: int = option(
        0, "Do not learn from faces that were smaller than this in the frame, in pixels.", low=0
    )

    def needs(self, work: Workspace) -> int:
        """A crop for each face of those who are swapped."""
        people = People.load(work.require("people"))
        faces = sum(person.faces for person in people.person if person.swap)
        return int(faces * (self.size**2 * room.PIXEL["png"] + room.RECORD))

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Write the crops, their records and a contact sheet."""
        index = FrameIndex.load(work.require("frames"))
        people = People.load(work.require("people"))
        with work.making("crops") as folder:
            journal = Journal(folder / RECORDS, FrameCrops)
            left = journal.left(index.long_ranges())
            cut = _Cut(self, work, folder)
            pieces = self._pieces(work, index, people, left)
            done = done_before(left, len(index))
            with progress.bar(f"align {work.side}", len(index), done) as bar:
                for draft, lines in pool.over(cut, pieces, self.crew(work)):
                    durable.unpack(draft, folder)
                    journal.append(lines)
                    bar.step(len(lines))
            crops = CropFolder(folder)
            count, training = crops.count(), crops.count(training=True)
            if not count:
                raise NoFaces(_advice(work, people))
            _draw_sheet(crops, count)
        return {"frames": len(index), "crops": count, "training": training, "size": self.size}

    def _pieces(
        self, work: Workspace, index: FrameIndex, people: People, ranges: list[tuple[int, int]]
    ) -> Iterator[Piece]:
        """Each range with the faces that are wanted of its frames.

        All are picked from the beginning, whatever is done already: tracks are counted, and
        smoothed, over the ends of ranges.
        """
        faces = picked(read_faces(work.require("faces")), index, people, self.steady)
        at = 0
        for start, stop in ranges:
            yield start, stop, dict(islice(faces, start - at, stop - at))
            at = stop


@dataclass(frozen=True)
class _Cut:
    """Cuts a range's faces out, into a new folder; runs in a worker.

    What a worker of a run before is still at, or one that was given up, is so never seen.
    """

    options: Align
    work: Workspace
    folder: Path

    def __call__(self, piece: Piece) -> tuple[Path, list[FrameCrops]]:
        start, stop, wanted = piece
        draft = self.folder / f"{token_hex(8)}.draft"
        draft.mkdir()
        lines = []
        with footage(self.work, threads=1) as reader:
            for number, frame in clock.each("decode", reader.pictures(start, stop)):
                crops = [self._crop(frame, number, one, draft) for one in wanted.get(number, [])]
                lines.append(FrameCrops(number, crops))
        # Their records say that they are there.
        durable.settle(draft / crop.name for line in lines for crop in line.crops)
        return draft, lines

    def _crop(self, frame: Picture, number: int, one: Picked, draft: Path) -> Crop:
        size, points = self.options.size, one.face.landmarks
        matrix = crop_matrix(points, size, self.options.coverage)
        if not scale_of(matrix) > SMALLEST:
            raise Damaged(f"frame {number} has landmarks that are no face: run detect again")
        crop = Crop(
            number, one.number, pack(matrix), points, 0.0, track=one.face.track, shot=one.shot
        )
        with clock.part("warp"):
            picture = sample(frame, crop.from_frame, size)
        sharp = round(sharpness(picture), 1)
        width = size / MARGIN / COVERAGE[self.options.coverage] / scale_of(matrix)
        good = sharp >= self.options.min_sharpness and width >= self.options.min_face
        with clock.part("encode"):
            write_image(draft / crop.name, picture)
        return msgspec.structs.replace(crop, sharpness=sharp, training=good and not one.filled)


def _advice(work: Workspace, people: People) -> str:
    if not any(person.swap for person in people.person):
        return f"nobody is to be swapped: set one `swap = true` in {work.path('people')}"
    return f"no face is left of those to be swapped in {work.path('people')}: see its drops"


def _draw_sheet(crops: CropFolder, count: int) -> None:
    shown = set(spread(count, SHOWN))
    pictures = [crops.picture(crop) for n, crop in enumerate(crops) if n in shown]
    write_image(crops.folder / SHEET, sheet(pictures))

"""Aligned crops in a folder: a picture a face, and a record of where it came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from faceswap.detection.faces import Landmarks
from faceswap.errors import BadMedia, Damaged
from faceswap.films.images import read_image
from faceswap.pictures.geometry import Matrix, transform
from faceswap.storage import durable, limits
from faceswap.storage.journal import Journal
from faceswap.storage.untrusted import load_json

RECORDS = "crops.jsonl"
#: Beside the folder: names of crops that somebody decided not to learn from.
LEFT_OUT = "left_out.json"
#: Largest side of a crop in pixels.
LARGEST = 2048
#: Least scale of a face in a frame to its crop.
SMALLEST = 1e-4
Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
#: Of a pixel of the frame to the crop, and where it lies: a face of 16 to 100,000 pixels.
Scale = Annotated[float, msgspec.Meta(ge=-64, le=64)]
Shift = Annotated[float, msgspec.Meta(ge=-64 * limits.PIXEL, le=64 * limits.PIXEL)]
Six = tuple[Scale, Scale, Shift, Scale, Scale, Shift]


class Crop(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One aligned face.

    Attributes:
        frame: Number of the frame it was cut from.
        face: Its number in that frame.
        matrix: Frame to crop, the six numbers of a (2, 3) matrix row by row.
        landmarks: 68 points (x, y) in frame pixels.
        sharpness: Variance of the Laplacian of its 128-pixel grey picture, in grey levels².
        training: Whether it is good enough to learn from; it is swapped all the same.
        track: The same number for a face that was followed from frame to frame.
        shot: Number of the shot its frame lies in, from 1 on over all clips; 0: not known.
    """

    frame: Number
    face: Number
    matrix: Six
    landmarks: Landmarks
    sharpness: Annotated[float, msgspec.Meta(ge=0, le=1e9)]
    training: bool = True
    track: Number = 0
    shot: Number = 0

    def __post_init__(self) -> None:
        """Refuses a matrix that leads nowhere."""
        a, b, _, c, d, _ = self.matrix
        if not abs(a * d - b * c) > SMALLEST**2:
            raise ValueError("a matrix that can be undone")

    @property
    def name(self) -> str:
        """Its picture's file name."""
        return f"{self.frame:06d}_{self.face}.png"

    @property
    def from_frame(self) -> Matrix:
        """(2, 3) matrix from frame to crop."""
        return np.array(self.matrix, np.float64).reshape(2, 3)

    @property
    def points(self) -> NDArray[np.float64]:
        """(68, 2) landmarks in frame pixels."""
        return np.array(self.landmarks, np.float64)

    @property
    def crop_points(self) -> NDArray[np.float64]:
        """(68, 2) landmarks in crop pixels."""
        return transform(self.points, self.from_frame)


class FrameCrops(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The crops of one frame, or none."""

    frame: Number
    crops: Annotated[list[Crop], msgspec.Meta(max_length=limits.FACES)] = []


@dataclass(frozen=True)
class CropFolder:
    """The crops in `folder`; those whose picture was deleted by hand are no more.

    Those named in `left_out.json` beside it are there, but not to be learnt from. The list is no
    part of the folder so that it survives when crops are cut anew.
    """

    folder: Path

    def __iter__(self) -> Iterator[Crop]:
        """The crops in the order of their frames."""
        out = self.left_out()
        for crop in self.as_cut():
            if (self.folder / crop.name).exists():
                yield msgspec.structs.replace(crop, training=False) if crop.name in out else crop

    def as_cut(self) -> Iterator[Crop]:
        """All crops as they were cut, with those deleted or left out since."""
        for line in Journal(self.folder / RECORDS, FrameCrops):
            yield from line.crops

    def deleted(self) -> list[str]:
        """The names of crops whose picture is not there any more: deleted, moved away, or lost."""
        there = {path.name for path in self.folder.glob("*.png")}
        return [crop.name for crop in self.as_cut() if crop.name not in there]

    def left_out(self) -> set[str]:
        """The names of crops that somebody decided not to learn from."""
        path = self.folder.parent / LEFT_OUT
        if not path.exists():
            return set()
        return set(load_json(path, list[str], "is no list of names", "delete it"))

    def leave_out(self, names: set[str]) -> None:
        """Make these the ones not to learn from; none forgets the list."""
        path = self.folder.parent / LEFT_OUT
        if names:
            durable.write(path, msgspec.json.format(msgspec.json.encode(sorted(names)), indent=0))
        else:
            durable.remove(path)

    def count(self, training: bool = False) -> int:
        """How many crops there are, or how many to learn from."""
        return sum(crop.training or not training for crop in self)

    def learnable(self) -> Iterator[Crop]:
        """The crops to learn from."""
        return (crop for crop in self if crop.training)

    def picture(self, crop: Crop) -> NDArray[np.uint8]:
        """The crop's picture, (size, size, 3) RGB; raises `Damaged` if it cannot be read."""
        return square_picture(
            self.folder / crop.name, "delete it to leave the face out, or run align again"
        )


def square_picture(path: Path, advice: str) -> NDArray[np.uint8]:
    """A face's picture or mask, (size, size, 3) RGB; raises `Damaged` where it is none."""
    try:
        image = read_image(path)
    except BadMedia as error:
        raise Damaged(f"{error}; {advice}") from None
    if image.shape[0] != image.shape[1] or len(image) > LARGEST:
        raise Damaged(f"{path} is no square picture of at most {LARGEST} pixels: {advice}")
    return image


def sharpness(picture: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian of a crop's grey picture at 128 pixels; a blurred face has < 50."""
    grey = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (128, 128), None, 0, 0, 3)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())


def pack(matrix: Matrix) -> Six:
    """The six numbers of a (2, 3) matrix, row by row."""
    a, b, c, d, e, f = (float(value) for value in matrix.ravel())
    return a, b, c, d, e, f

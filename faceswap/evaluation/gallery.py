"""Gallery: other persons, of whom a swapped face is to be told as the source."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceswap import pool
from faceswap.crew import Crew
from faceswap.detection.descriptors import Describer
from faceswap.detection.detectors import held
from faceswap.detection.found import Image
from faceswap.errors import BadMedia, BadOption
from faceswap.evaluation.portraits import largest_chip
from faceswap.films.images import SUFFIXES, read_image
from faceswap.films.media import natural


@dataclass(frozen=True)
class Gallery:
    """Persons by their photos.

    Attributes:
        names: Of each person, the file's or the folder's.
        means: Of each person, the mean (128,) of the descriptors of all photos.
        left_out: Files without a face, or that are no pictures.
    """

    names: list[str] = field(default_factory=list)
    means: list[NDArray[np.float64]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, folder: Path | None, detector: str = "blaze", workers: int = 0) -> Gallery:
        """The persons in a folder: each photo in it is one, and each folder of photos.

        Raises:
            BadOption: Where there is no such folder, or no picture in it.
        """
        if folder is None:
            return cls()
        if not folder.is_dir():
            raise BadOption(f"{folder} is not there: gallery takes a folder of photos")
        entries = [p for p in sorted(folder.iterdir(), key=natural) if not p.name.startswith(".")]
        photos = [(p.name, photo) for p in entries for photo in _photos(p)]
        if not photos:
            raise BadOption(f"{folder} holds no pictures: expected photos, or a folder a person")
        found = cls()
        rows: dict[str, list[NDArray[np.float64]]] = {}
        describer, crew = Describer(len(photos)), Crew(workers)
        chips = pool.over(_Photo(detector), [photo for _, photo in photos], crew, held(detector))
        for (name, photo), chip in zip(photos, chips, strict=True):
            if chip is None:
                found.left_out.append(photo.relative_to(folder).as_posix())
            else:
                rows.setdefault(name, []).append(describer.describe([chip])[0])
        found.names.extend(rows)
        found.means.extend(np.mean(some, axis=0) for some in rows.values())
        return found


@dataclass(frozen=True)
class _Photo:
    """Finds the largest face on a photo; runs in a worker."""

    detector: str

    def __call__(self, path: Path) -> Image | None:
        try:
            return largest_chip(read_image(path), self.detector)
        except BadMedia:
            return None


def _photos(entry: Path) -> list[Path]:
    paths = sorted(entry.rglob("*"), key=natural) if entry.is_dir() else [entry]
    return [p for p in paths if p.suffix.lower() in SUFFIXES and p.is_file()]

"""Synthesis: a trained model of faces at work, and what is made with it as pictures and films."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from faceswap.errors import BadOption, Unsupported
from faceswap.films.images import read_image
from faceswap.generation.generative import (
    Completes,
    Decodes,
    Encodes,
    Labelled,
    Latents,
    Samples,
    in_parts,
)
from faceswap.generation.inverting import invert, sought
from faceswap.generation.latent_walks import mixed, walk
from faceswap.model import Faces
from faceswap.pictures.levels import levels, shares
from faceswap.pictures.sheet import sheet
from faceswap.writing.image_writer import MADE, write_marked

#: Pixels a face has at least on a sheet and in a film.
SIDE = 128
#: Latents that the usual is told from.
MANY = 512
#: How many times more a painted pixel counts than one that is to stay.
PAINTED = 20.0


@dataclass(frozen=True)
class Synthesis:
    """A model of faces and its trained network, with what is asked of it.

    Attributes:
        model: The recipe.
        net: Its network.
        seed: Where random numbers start.
        psi: How far from the usual faces are.
        label: The name or the number of the class that they are of; empty: any.
    """

    model: Any
    net: Any
    seed: int = 0
    psi: float = 1.0
    label: str = ""

    def sample(self, count: int) -> Faces:
        """Faces that are nobody's."""
        self.demand(Samples, "makes up no faces")
        controls = self._label if self.psi == 1 else {"psi": self.psi, **self._label}
        faces: Faces = self.model.sample(self.net, count, self.seed, **controls)
        return faces

    def walked(self, count: int, steps: int) -> Faces:
        """Faces on the way through so many latents and back to the first."""
        places = self._places(count, self.seed)
        return self.drawn(walk(places, self._middle, steps))

    def mixed(self, count: int, share: float) -> Faces:
        """(count + 1, count + 1) faces, laid out by rows: of latents, of others, and of both."""
        rows, columns = (self._places(count, self.seed + n) for n in range(2))
        if rows.ndim != 3:
            raise Unsupported(f"model {self.model.name} has no levels to mix: stylegan has")
        table = [self.drawn(columns)]
        both = [mixed(one, columns, share) for one in rows]
        firsts = self.drawn(rows)
        blank = np.ones_like(firsts[:1])
        lines = [np.concatenate([blank, table[0]])]
        lines += [
            np.concatenate([f[None], self.drawn(m)]) for f, m in zip(firsts, both, strict=True)
        ]
        return np.concatenate(lines)

    def completed(self, faces: Faces, known: NDArray[np.bool_], steps: int) -> Faces:
        """Faces of which a part is given, and the rest made up.

        Args:
            faces: (n, s, s, 3).
            known: (s, s) where they are given.
            steps: Of the search for latents, where the model has any.
        """
        if isinstance(self.model, Completes):
            made: Faces = self.model.complete(self.net, faces, known, self.seed)
            return made
        self.demand(Decodes, "completes no faces")
        start = np.repeat(self._middle[None], len(faces), axis=0)
        weights = np.repeat(known[None].astype(np.float32), len(faces), axis=0)
        found = sought(self.model, self.net, start, faces, weights, steps)
        return np.where(known[None, ..., None], faces, found.drawn)

    def painted(self, start: Any, strokes: Path, steps: int) -> tuple[Faces, Faces]:
        """A face before and after it was made to answer to painted strokes (iGAN, Zhu 2016).

        Args:
            start: (1, ...) its latents.
            strokes: A picture of its square; what is opaque in it is wanted.
            steps: Of the search.
        """
        before = self.drawn(start)
        wanted, mask = read_strokes(strokes, self.model.size)
        goal = np.where(mask[..., None], wanted, before[0])[None]
        weights = (1 + (PAINTED - 1) * mask[None]).astype(np.float32)
        return before, sought(self.model, self.net, start, goal, weights, steps).drawn

    def inverted(self, faces: Faces, by: str, steps: int) -> Any:
        """What `invert` finds."""
        self.demand(Decodes, "has no latents")
        return invert(self.model, self.net, faces, by, steps, self.seed)

    def own(self, count: int) -> Faces:
        """Faces that latents of the model's own draw, and so can be found again exactly."""
        return self.drawn(self._places(count, self.seed + 1))

    def drawn(self, latents: Any) -> Faces:
        """The faces of latents, some at a time."""
        return in_parts(partial(self.model.decode, self.net), latents)

    def demand(self, kind: Any, what: str) -> None:
        """Refuse a model that cannot do it."""
        if not isinstance(self.model, kind):
            word = "; vae can" if kind in (Decodes, Encodes) else ""
            raise Unsupported(f"model {self.model.name} {what}{word}")

    @property
    def _label(self) -> dict[str, int]:
        """The control of the class that is asked for, if any is."""
        if not self.label:
            return {}
        if not isinstance(self.model, Labelled):
            raise Unsupported(f"model {self.model.name} learnt no labels: leave --label out")
        names = self.model.classes.split(",")
        if self.label in names:
            return {"label": names.index(self.label)}
        if self.label.isdigit() and int(self.label) < len(names):
            return {"label": int(self.label)}
        raise BadOption(f"no class {self.label!r}: there are {', '.join(names)}")

    @cached_property
    def _middle(self) -> Latents:
        self.demand(Decodes, "has no latents")
        latents = self.model.wanted(self.net, MANY, 1, **self._label)
        return np.asarray(latents.mean(axis=0), np.float32)

    def _places(self, count: int, seed: int) -> Latents:
        self.demand(Decodes, "has no latents")
        places: Latents = self.model.wanted(self.net, count, seed, psi=self.psi, **self._label)
        return places


def read_strokes(path: Path, size: int) -> tuple[Faces, NDArray[np.bool_]]:
    """The colours (size, size, 3) of a picture of strokes, and where it is not transparent.

    Raises:
        BadOption: Where it is no square PNG with transparency, or nothing is painted.
    """
    read_image(path)
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim != 3 or image.shape[2] != 4 or image.dtype != np.uint8:
        raise BadOption(f"{path}: strokes are a PNG of 8 bits with transparency")
    if image.shape[0] != image.shape[1]:
        raise BadOption(f"{path}: strokes are painted on a square, not on {image.shape[:2]}")
    small = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    mask = small[..., 3] >= 128
    if not mask.any():
        raise BadOption(f"{path}: nothing is painted")
    return shares(np.ascontiguousarray(small[..., 2::-1])), mask


def write_sheet(path: Path, faces: Iterable[NDArray[np.float32]], columns: int = 0) -> None:
    """A PNG of many faces that says that it is synthetic."""
    pictures = [levels(np.asarray(face, np.float32)) for face in faces]
    write_marked(path, sheet(pictures, columns, max(SIDE, len(pictures[0]))), "png", MADE)


def write_face(path: Path, face: NDArray[np.float32]) -> None:
    """A PNG of one face at the model's own size, that says that it is synthetic."""
    write_marked(path, levels(face), "png", MADE)


def write_film(path: Path, faces: Faces, rate: int) -> None:
    """An MP4 (H.264) of faces, one a frame, whose comment says that it is synthetic."""
    side = max(2 * SIDE, faces.shape[1])
    with av.open(str(path), "w", "mp4") as film:
        stream = film.add_stream("libx264", Fraction(rate), options={"crf": "16"})
        assert isinstance(stream, VideoStream)
        film.metadata["comment"] = MADE
        stream.width, stream.height, stream.pix_fmt = side, side, "yuv420p"
        for face in levels(faces):
            large = cv2.resize(face, (side, side), interpolation=cv2.INTER_CUBIC)
            frame = VideoFrame.from_ndarray(np.asarray(large, np.uint8), "rgb24")
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))

"""The bench's own films: a portrait that moves as a talking head does."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.errors import BadMedia
from faceswap.pictures.geometry import Matrix

Image = NDArray[np.uint8]

#: A photograph of Grace Hopper by the US Navy, public domain, that comes with matplotlib.
PORTRAIT = "grace_hopper.jpg"
RATE = 25
#: Share of its cell's height that the portrait takes, and faces side by side before a second row.
_TALL, _COLUMNS = 0.95, 4
#: How far it moves (shares of its height), turns (degrees) and comes nearer, and in how many
#: frames it does so; none a multiple of another, so that hardly a frame comes twice.
_MOVES = ((0.03, 61), (0.02, 47), (4.0, 83), (0.05, 131))


def portrait() -> Image:
    """The photograph, (h, w, 3) RGB; raises `BadMedia` where matplotlib came without it."""
    from matplotlib import cbook

    path = str(cbook.get_sample_data(PORTRAIT, asfileobj=False))
    image = cv2.imread(path, cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise BadMedia(f"matplotlib came without {path}: give a film of a face with --film")
    return np.asarray(image, np.uint8)


def make(path: Path, frames: int, height: int, faces: int = 1, mirrored: bool = False) -> Path:
    """Writes a film, 16:9 and H.264, in which the portrait moves.

    Args:
        path: The file.
        frames: How many, at `RATE` a second.
        height: In pixels, even.
        faces: How often the portrait is in the picture.
        mirrored: Left and right exchanged, and moving otherwise: another film.
    """
    width = height * 16 // 9 // 2 * 2
    picture = portrait()[:, ::-1] if mirrored else portrait()
    ground = cv2.GaussianBlur(cv2.resize(picture, (width, height)), (0, 0), height / 20)
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", RATE, options={"preset": "veryfast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_type = "AUTO"
        for number in range(frames):
            shown = ground.copy()
            for face in range(faces):
                _put(
                    shown,
                    picture,
                    _cell(face, faces, width, height),
                    number + 17 * face + mirrored * 29,
                )
            frame = av.VideoFrame.from_ndarray(shown, "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return path


def _cell(face: int, faces: int, width: int, height: int) -> tuple[int, int, int, int]:
    """Where in the picture a face is at home: left, top, width and height."""
    columns = min(faces, _COLUMNS)
    rows = -(-faces // columns)
    row, column = divmod(face, columns)
    across, down = width // columns, height // rows
    return column * across, row * down, across, down


def _put(shown: Image, picture: Image, cell: tuple[int, int, int, int], when: int) -> None:
    """Draws the portrait into its cell as it stands at a time, its edges soft."""
    left, top, width, height = cell
    part = shown[top : top + height, left : left + width]
    matrix = _place(picture, width, height, when)
    how = cv2.INTER_AREA if matrix[0, 0] < 0.5 else cv2.INTER_LINEAR
    drawn = cv2.warpAffine(picture, matrix, (width, height), flags=how)
    soft = cv2.warpAffine(_edges(*picture.shape[:2]), matrix, (width, height))[..., None]
    part[:] = (drawn * soft + part * (1 - soft)).astype(np.uint8)


def _place(picture: Image, width: int, height: int, when: int) -> Matrix:
    """From the portrait's pixels to those of its cell."""
    tall, wide = picture.shape[:2]
    across, down, roll, near = (size * np.sin(2 * np.pi * when / period) for size, period in _MOVES)
    scale = min(_TALL * height / tall, width / wide) * (1 + near)
    turn = cv2.getRotationMatrix2D((wide / 2, tall / 2), roll, scale)
    turn[:, 2] += width / 2 - wide / 2 + across * height, height / 2 - tall / 2 + down * height
    return np.asarray(turn, np.float64)


def _edges(height: int, width: int) -> NDArray[np.float32]:
    y, x = (np.minimum(np.arange(n), n - 1 - np.arange(n)) / n for n in (height, width))
    return np.clip(np.minimum(y[:, None], x[None]) / 0.08, 0, 1).astype(np.float32)

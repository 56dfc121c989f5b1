"""Films made in the tests: small, of every kind, with frames that can be told apart."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

#: Display matrices as ffmpeg stores them: what is stored has to be turned so far clockwise.
TURNED = {
    90: (0, 65536, 0, -65536, 0, 0, 0, 0, 1073741824),
    180: (-65536, 0, 0, 0, -65536, 0, 0, 0, 1073741824),
    270: (0, -65536, 0, 65536, 0, 0, 0, 0, 1073741824),
}
#: Mirrored left to right, then turned by 90 degrees clockwise.
MIRRORED = (0, -65536, 0, -65536, 0, 0, 0, 0, 1073741824)


def picture(number: int, width: int = 96, height: int = 64, shot: int = 0) -> NDArray[np.uint8]:
    """A frame: soft forms that move a little, a shot's own colours, its number in the corner."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    rng = np.random.default_rng(shot)
    waves = [
        np.sin(x / (5 + 9 * rng.random()) + y * rng.random() / 9 + number / 9 + 9 * rng.random())
        for _ in range(3)
    ]
    image = np.stack([120 + 70 * w + 30 * (2 * rng.random() - 1) for w in waves], -1)
    for bit in range(10):
        image[2:6, 2 + 5 * bit : 6 + 5 * bit] = 230 if number >> bit & 1 else 25
    return np.asarray(np.clip(image, 0, 255), np.uint8)


def make_film(
    path: Path,
    frames: int = 30,
    size: tuple[int, int] = (96, 64),
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    pts: list[int] | None = None,
    time_base: Fraction = Fraction(1, 25),
    options: dict[str, str] | None = None,
    matrix: tuple[int, ...] | None = None,
    colors: dict[str, int] | None = None,
    sound: int = 0,
    shots: int = 10**9,
    **more: Any,
) -> Path:
    """Writes a film of `picture` frames; `sound` seconds of a tone, a new shot every `shots`."""
    with av.open(str(path), "w", **more) as film:
        video = film.add_stream(codec, rate=25, options=options or {}, time_base=time_base)
        video.width, video.height, video.pix_fmt = *size, pixel_format
        for name, value in (colors or {}).items():
            setattr(video.codec_context, name, value)
        if matrix:
            video.set_display_matrix(matrix)
        tone = film.add_stream("aac", rate=44100, layout="mono") if sound else None
        for number, at in enumerate(pts or range(frames)):
            rgb = av.VideoFrame.from_ndarray(
                picture(number, *size, shot=number // shots), format="rgb24"
            )
            rgb.colorspace = (colors or {}).get("colorspace", 2)
            frame = rgb.reformat(
                format=pixel_format, dst_color_range=(colors or {}).get("color_range", 0)
            )
            frame.pts, frame.time_base = at, time_base
            film.mux(video.encode(frame))
        film.mux(video.encode(None))
        if tone:
            _beep(film, tone, sound)
    return path


def _beep(film: Any, tone: Any, seconds: int) -> None:
    wave = np.sin(np.arange(44100 * seconds) / 20).astype(np.float32)[None] / 3
    for at in range(0, wave.shape[1] - 1023, 1024):
        chunk = av.AudioFrame.from_ndarray(wave[:, at : at + 1024], "fltp", "mono")
        chunk.sample_rate, chunk.pts, chunk.time_base = 44100, at, Fraction(1, 44100)
        film.mux(tone.encode(chunk))
    film.mux(tone.encode(None))


def as_side(folder: Path, *films: Path) -> Path:
    """A side's folder with the films in its media; returns the side's folder."""
    (folder / "media").mkdir(parents=True, exist_ok=True)
    for film in films:
        film.rename(folder / "media" / film.name)
    return folder

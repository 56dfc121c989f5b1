"""Folders of pictures of every kind, made from frames of a man talking."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Frames = list[NDArray[np.uint8]]
#: EXIF's orientations, and what turns an upright picture into the one that is stored.
STORED: dict[int, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: np.swapaxes(a, 0, 1),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: np.rot90(np.swapaxes(a, 0, 1), 2),
    8: lambda a: np.rot90(a, -1),
}


def exif(orientation: int) -> bytes:
    """EXIF data that says how a picture is turned, and who made it."""
    maker = b"\x01\x0f\0\x02\0\0\0\x04abc\0"
    turn = b"\x01\x12\0\x03\0\0\0\x01\0" + bytes([orientation]) + b"\0\0"
    return b"MM\0*\0\0\0\x08\0\x02" + maker + turn + b"\0\0\0\0"


def write(path: Path, rgb: NDArray[np.uint8] | NDArray[np.uint16], turned: int = 0) -> None:
    """A picture in a file, with EXIF data where it is turned."""
    order = [2, 1, 0, 3][: rgb.shape[2]] if rgb.ndim == 3 else slice(None)
    stored = rgb[..., order] if rgb.ndim == 3 else rgb
    kinds = [cv2.IMAGE_METADATA_EXIF] if turned else []
    data = [np.frombuffer(exif(turned), np.uint8)] if turned else []
    how = [cv2.IMWRITE_JPEG_QUALITY, 95] if path.suffix.startswith(".j") else []
    done, found = cv2.imencodeWithMetadata(
        path.suffix, np.ascontiguousarray(stored), kinds, data, how
    )
    assert done
    path.write_bytes(bytes(found))


def _deep(frame: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """16 bits, the lower eight of which say something of their own."""
    low = np.arange(frame.size, dtype=np.uint16).reshape(frame.shape) % 251
    return frame.astype(np.uint16) * 256 + low


def _clear(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """With a transparency that slopes."""
    slope = np.linspace(0, 255, frame.shape[1]).astype(np.uint8)
    return np.dstack([frame, np.broadcast_to(slope, frame.shape[:2])])


def _each(name: str, change: Callable[[NDArray[np.uint8]], NDArray[np.generic]]) -> Make:
    def make(frames: Frames, folder: Path) -> None:
        for number, frame in enumerate(frames[:3]):
            write(folder / name.format(number), change(frame))  # type: ignore[arg-type]

    return make


def _orientations(frames: Frames, folder: Path) -> None:
    for turned, stored in STORED.items():
        write(folder / f"photo{turned}.jpg", stored(frames[0]), turned)


def _numbered(frames: Frames, folder: Path) -> None:
    names = ("img2.png", "img10.png", "Img1.jpg", "img30.tif", "img031.jpeg")
    for name, frame in zip(names, frames, strict=False):
        write(folder / name, frame)


def _palette(frames: Frames, folder: Path) -> None:
    from formats.recipes import ffmpeg

    for number, frame in enumerate(frames[:3]):
        write(folder / "full.png", frame)
        filters = "split[a][b];[a]palettegen=reserve_transparent=0[p];[b][p]paletteuse"
        words = ("-i", folder / "full.png", "-filter_complex", filters)
        ffmpeg(*words, "-pix_fmt", "pal8", folder / f"{number}.png")
        (folder / "full.png").unlink()


Make = Callable[[Frames, Path], None]

PICTURES: dict[str, Make] = {
    "PNG": _each("{}.png", lambda a: a),
    "PNG of 16 bits": _each("{}.png", _deep),
    "PNG in grey": _each("{}.png", lambda a: a[..., 1]),
    "PNG with alpha": _each("{}.png", _clear),
    "PNG with a palette": _palette,
    "JPEG in all orientations": _orientations,
    "TIFF of 16 bits": _each("{}.tiff", _deep),
    "WebP": _each("{}.webp", lambda a: a),
    "any numbers and endings": _numbered,
}

"""The index of a side's media: video files and folders of images, in the order of their names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceswap.errors import BadMedia
from faceswap.films.deep_images import Samples, read_samples
from faceswap.films.frame_index import Clip, Frame, FrameIndex, Picture, Stream, Which
from faceswap.films.images import SUFFIXES, read_image
from faceswap.films.scan import OnFrame, Selection, estimate, scan_video, with_cuts
from faceswap.films.shots import Shots, small

__all__ = [
    "Clip",
    "Frame",
    "FrameIndex",
    "Picture",
    "Stream",
    "count_frames",
    "index_media",
    "probe",
]

#: Frames a second that images are taken for.
IMAGE_RATE = 25
#: What holds all pictures of a clip, by whether any has 16 bits, and any transparency.
_FORMATS = {
    (False, False): "rgb24",
    (False, True): "rgba",
    (True, False): "rgb48le",
    (True, True): "rgba64le",
}


def index_media(
    folder: Path,
    every: int = 1,
    start: float | None = None,
    end: float | None = None,
    on_frame: OnFrame = lambda: None,
    deinterlace: Which = "",
) -> FrameIndex:
    """The index of all that lies in a side's `media` folder.

    Args:
        folder: Holds video files and folders of images; images that lie directly in it are one
            clip. They come in the natural order of their names (`img2` before `img10`).
        every: Keep one frame in this many of each clip.
        start: Seconds from the beginning of each clip before which frames are left out.
        end: Seconds from the beginning of each clip from which on frames are left out.
        on_frame: Called for each frame that was looked at.
        deinterlace: Which interlaced frames are to be read whole.

    Raises:
        BadMedia: For a folder without media, or an entry that cannot be decoded.
    """
    chosen = Selection(every, start, end, deinterlace)
    clips = []
    for entry in _entries(folder):
        if isinstance(entry, Path):
            clips.append(scan_video(entry, _name(entry, folder), chosen, on_frame))
        else:
            clips.append(_scan_images(entry, folder, chosen, on_frame))
    return FrameIndex(clips)


def count_frames(folder: Path) -> int:
    """About how many frames `index_media` will look at: from the headers, without decoding."""
    return sum(
        estimate(entry) if isinstance(entry, Path) else len(entry) for entry in _entries(folder)
    )


def probe(path: Path) -> None:
    """Opens a video, a picture, or the first picture of a folder.

    Raises:
        BadMedia: If it is none of these, or cannot be opened.
    """
    if path.is_dir():
        read_image(_images_in(path)[0])
    elif path.suffix.lower() in SUFFIXES:
        read_image(path)
    else:
        estimate(path)


def natural(path: Path) -> tuple[list[str | int], str]:
    """Key that sorts names as people do: numbers by their value, letters without case."""
    pieces = re.split(r"([0-9]+)", path.name.casefold())
    return [int(p) if n % 2 else p for n, p in enumerate(pieces)], path.name


def _entries(folder: Path) -> list[Path | list[Path]]:
    """Video files, and lists of images that are a clip each."""
    found: list[Path | list[Path]] = []
    loose: list[Path] = []
    for path in _listing(folder):
        if path.is_dir():
            found.append(_images_in(path))
        elif path.suffix.lower() in SUFFIXES:
            if not loose:
                found.append(loose)
            loose.append(path)
        else:
            found.append(path)
    if not found:
        raise BadMedia(f"{folder} is empty: expected videos, images or folders of images")
    return found


def _images_in(folder: Path) -> list[Path]:
    images = [p for p in _listing(folder) if p.suffix.lower() in SUFFIXES and p.is_file()]
    if not images:
        raise BadMedia(f"{folder} holds no images: expected files like {', '.join(SUFFIXES[:3])}")
    return images


def _listing(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise BadMedia(f"{folder} is not there: expected a folder with videos or images")
    return sorted((p for p in folder.iterdir() if not p.name.startswith(".")), key=natural)


def _name(path: Path, folder: Path) -> str:
    return (Path(folder.name) / path.relative_to(folder)).as_posix()


def _scan_images(paths: Sequence[Path], folder: Path, chosen: Selection, on_frame: OnFrame) -> Clip:
    frames: list[Frame] = []
    pictures: list[Picture] = []
    shots, damaged, good = Shots(), 0, 0
    deep = alpha = False
    first, last = (round((s or 0) * IMAGE_RATE) for s in (chosen.start, chosen.end))
    for path in paths[first : last if chosen.end is not None else None]:
        on_frame()
        try:
            image, _ = read_samples(path)
        except BadMedia:
            damaged += 1
            continue
        shots.show(small(_plain(image)))
        deep |= image.dtype == np.uint16
        alpha |= image.shape[2] == 4 and bool((image[..., 3] < np.iinfo(image.dtype).max).any())
        if good % chosen.every == 0:
            frames.append(Frame(good, 1, good, True, False))
            pictures.append(Picture(path.name, image.shape[1], image.shape[0]))
        good += 1
    if not frames:
        raise BadMedia(f"{paths[0].parent}: not one of {len(paths)} images could be read")
    return Clip(
        path=_name(paths[0].parent, folder),
        kind="images",
        width=pictures[0].width,
        height=pictures[0].height,
        time_base=(1, IMAGE_RATE),
        rate=(IMAGE_RATE, 1),
        frames=with_cuts(frames, set(range(good)) if shots.unrelated() else shots.begin()),
        pictures=pictures,
        alpha=alpha,
        pixel_format=_FORMATS[deep, alpha],
        decoded=good,
        damaged=damaged,
    )


def _plain(image: Samples) -> NDArray[np.uint8]:
    return np.asarray(image[..., :3] if image.dtype == np.uint8 else image[..., :3] >> 8, np.uint8)

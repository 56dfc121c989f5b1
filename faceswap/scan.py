"""What a video file holds: its clip, with every selected frame, found by decoding it once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal, cast

import msgspec
import numpy as np
from av.buffer import Buffer
from av.sidedata.sidedata import Type as SideData
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from faceswap import limits
from faceswap.errors import BadMedia
from faceswap.film import Film
from faceswap.frame_index import Clip, Frame, Stream
from faceswap.shots import SIDE, Shots, small

#: Frames a second where the file does not say.
USUAL_RATE = Fraction(25)

OnFrame = Callable[[], None]


@dataclass(frozen=True)
class Selection:
    """Which frames of each clip: one in `every`, from `start` up to before `end` (seconds)."""

    every: int = 1
    start: float | None = None
    end: float | None = None


@dataclass
class _Found:
    """What the pass over the frames has gathered so far."""

    frames: list[Frame] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    first: VideoFrame | None = None
    exact: bool = True
    decoded: int = 0
    chosen: int = 0


@dataclass(frozen=True)
class _Shown:
    """One decoded frame: its picture, and when it is shown (ticks), `exact` if the file says so."""

    picture: VideoFrame
    pts: int
    exact: bool


def scan_video(path: Path, name: str, chosen: Selection, on_frame: OnFrame) -> Clip:
    """The clip of a video file.

    Args:
        path: The file.
        name: Its path inside the side's folder, as the index has it.
        chosen: Which frames to list.
        on_frame: Called for each frame decoded.

    Raises:
        BadMedia: Where nothing in it can be decoded.
    """
    clip = _scan(path, name, chosen, on_frame, threads=0)
    if clip.damaged:
        # Which frames survive damage hangs on the decoder's threads: the reader will use one.
        clip = _scan(path, name, chosen, lambda: None, threads=1)
    return clip


def estimate(path: Path) -> int:
    """About how many frames a video has, by what its header says; 0 where it says nothing."""
    with Film(path) as film:
        stream = film.stream
        if stream.frames:
            return stream.frames
        seconds = (film.container.duration or 0) / 1_000_000
        return round(seconds * (stream.average_rate or 0))


def _scan(path: Path, name: str, chosen: Selection, on_frame: OnFrame, threads: int) -> Clip:
    with Film(path, threads) as film:
        found = _pass(film, chosen, on_frame)
        if found.first is None:
            raise BadMedia(f"{path}: not one frame of it can be decoded")
        if not found.frames:
            raise BadMedia(
                f"{path}: no frame lies between the start and the end asked for; "
                f"it has {found.decoded} frames"
            )
        return _clip(film, name, chosen, found)


def _pass(film: Film, chosen: Selection, on_frame: OnFrame) -> _Found:
    found, shots, scaler = _Found(), Shots(), VideoReformatter()
    tick = film.stream.time_base or Fraction(1, 1000)
    step = max(round(1 / (film.stream.average_rate or USUAL_RATE) / tick), 1)
    origin: int | None = None
    for shown, duration in _with_durations(_shown(film, step), step):
        origin = shown.pts if origin is None else origin
        at = float((shown.pts - origin) * tick)
        if chosen.end is not None and at >= chosen.end:
            break
        if found.decoded == limits.FRAMES:
            raise BadMedia(f"{film.path} has more than {limits.FRAMES} frames: cut it into pieces")
        found.first = found.first or shown.picture
        shots.show(_small(shown.picture, scaler))
        _note(found, shown, duration, chosen, at)
        on_frame()
    found.frames = with_cuts(found.frames, shots.begin())
    return found


def with_cuts(frames: list[Frame], begin: set[int]) -> list[Frame]:
    """The frames, with the first and all that a shot begins with or has begun before marked.

    Args:
        frames: The selected frames of a clip.
        begin: Ordinals of the decoded frames that shots begin with.
    """
    cuts = sorted(begin)
    marked, before = [], -1
    for frame in frames:
        now = bisect_right(cuts, frame.ordinal)
        marked.append(msgspec.structs.replace(frame, cut=now > before))
        before = now
    return marked


def _note(found: _Found, shown: _Shown, duration: int, chosen: Selection, at: float) -> None:
    key = shown.picture.key_frame
    found.exact &= shown.exact
    if key:
        found.keys.append(shown.pts)
    if chosen.start is None or at >= chosen.start:
        if found.chosen % chosen.every == 0:
            found.frames.append(Frame(shown.pts, duration, found.decoded, key, False))
        found.chosen += 1
    found.decoded += 1


def _shown(film: Film, step: int) -> Iterator[_Shown]:
    """Decoded frames with times that rise: as the file has them, or else made up."""
    last: int | None = None
    for picture in film.frames():
        pts = picture.pts
        exact = pts is not None and (last is None or pts > last)
        if pts is None or not exact:
            pts = 0 if last is None else last + (step if pts is None else 1)
        yield _Shown(picture, pts, exact)
        last = pts


def _with_durations(shown: Iterator[_Shown], step: int) -> Iterator[tuple[_Shown, int]]:
    """Each frame with the ticks until the next; the last one's are its own, or the usual."""
    last: _Shown | None = None
    for one in shown:
        if last is not None:
            yield last, one.pts - last.pts
        last = one
    if last is not None:
        yield last, last.picture.duration or step


def _small(frame: VideoFrame, scaler: VideoReformatter) -> NDArray[np.uint8]:
    # Fast scaling picks pixels; the mean over four of them quiets noise.
    side = SIDE * 2
    how = Interpolation.FAST_BILINEAR
    rgb = scaler.reformat(frame, side, side, "rgb24", interpolation=how, threads=1).to_ndarray()
    return small(np.asarray(rgb, np.uint8))


def _clip(film: Film, name: str, chosen: Selection, found: _Found) -> Clip:
    first, stream = found.first, film.stream
    assert first is not None
    tick = stream.time_base or Fraction(1, 1000)
    origin = found.frames[0].pts
    matrix = _matrix(first)
    rotation, flip = orientation(matrix)
    width, height = first.width, first.height
    aspect = stream.sample_aspect_ratio or Fraction(1)
    return Clip(
        path=name,
        kind="video",
        width=height if rotation % 180 else width,
        height=width if rotation % 180 else height,
        time_base=(tick.numerator, tick.denominator),
        rate=(stream.average_rate or USUAL_RATE).as_integer_ratio(),
        frames=found.frames,
        rotation=rotation,
        flip=flip,
        matrix=matrix,
        aspect=aspect.as_integer_ratio() if aspect > 0 else (1, 1),
        pixel_format=first.format.name,
        color_range=first.color_range,
        color_space=first.colorspace,
        color_primaries=first.color_primaries,
        color_transfer=first.color_trc,
        stream=stream.index,
        streams=_streams(film),
        keys=found.keys if found.exact else [],
        exact=found.exact,
        begin=origin if chosen.start is not None and found.frames[0].ordinal else None,
        end=_end(found) if chosen.end is not None else None,
        decoded=found.decoded,
        damaged=film.damaged,
    )


def _end(found: _Found) -> int:
    return found.frames[-1].pts + found.frames[-1].duration


def _streams(film: Film) -> tuple[Stream, ...]:
    found = []
    for stream in film.container.streams:
        context = getattr(stream, "codec_context", None)
        codec = context.codec.canonical_name if context is not None else ""
        found.append(Stream(stream.index, stream.type, codec, stream.language or ""))
    return tuple(found)


def _matrix(frame: VideoFrame) -> tuple[int, ...]:
    # The stubs call it a dictionary of names; it is one of kinds of side data.
    data = cast(Mapping[SideData, Buffer], frame.side_data)
    try:
        matrix = data[SideData.DISPLAYMATRIX]
    except KeyError:
        return ()
    return tuple(int(v) for v in np.frombuffer(memoryview(matrix), np.int32)[:9])


def orientation(matrix: tuple[int, ...]) -> tuple[Literal[0, 90, 180, 270], bool]:
    """Degrees to turn clockwise for display, and whether to mirror left to right before.

    A display matrix takes a stored (x, y) to a shown (a x + c y, b x + d y), y downwards; it is
    stored as a, b, u, c, d, v, x, y, w. Mirroring comes first, so c and d are -sin and cos.
    """
    if len(matrix) != 9:
        return 0, False
    a, b, _, c, d = matrix[:5]
    turns = round(np.degrees(np.arctan2(-c, d)) / 90) % 4
    degrees: tuple[Literal[0, 90, 180, 270], ...] = (0, 90, 180, 270)
    return degrees[turns], a * d - b * c < 0

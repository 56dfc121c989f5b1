"""What a video file holds: its clip, with every selected frame, found by decoding it once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import msgspec
import numpy as np
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from faceswap.errors import BadMedia
from faceswap.films import hdr
from faceswap.films.demuxers import check_size
from faceswap.films.fields import order_of
from faceswap.films.film import Film
from faceswap.films.frame_index import CHAPTERS, TIMECODE, Clip, Frame, Order, Stream, Which
from faceswap.films.pixel_shape import square_size
from faceswap.films.shots import SIDE, Shots, small
from faceswap.films.side_data import light_of, mastering_of, matrix_of, orientation
from faceswap.films.transparency import is_opaque
from faceswap.storage import limits

#: Frames a second where the file does not say.
USUAL_RATE = Fraction(25)

OnFrame = Callable[[], None]


@dataclass(frozen=True)
class Selection:
    """Which frames of each clip: one in `every`, from `start` up to before `end` (seconds).

    `deinterlace` says which frames are to be read whole.
    """

    every: int = 1
    start: float | None = None
    end: float | None = None
    deinterlace: Which = ""


@dataclass
class _Seen:
    """What the pass over the frames has gathered: a time, its being a key, for each."""

    times: list[int | None] = field(default_factory=list)
    keys: list[bool] = field(default_factory=list)
    first: VideoFrame | None = None
    last: int = 0
    rising: bool = True
    alpha: bool = False
    order: Order = ""
    cuts: set[int] = field(default_factory=set)
    levels: list[float] = field(default_factory=list)

    @property
    def decoded(self) -> int:
        """How many frames were looked at; a time more may be known."""
        return len(self.keys)


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
        seen = _pass(film, chosen.end, on_frame)
        if seen.first is None:
            raise BadMedia(f"{path}: not one frame of it can be decoded")
        frames = _selected(seen, film, chosen)
        if not frames:
            raise BadMedia(
                f"{path}: no frame lies between the start and the end asked for; "
                f"it has {seen.decoded} frames"
            )
        return _clip(film, name, chosen, seen, frames)


def _pass(film: Film, end: float | None, on_frame: OnFrame) -> _Seen:
    seen, shots, scaler = _Seen(), Shots(), VideoReformatter()
    tick = film.stream.time_base or Fraction(1, 1000)
    for picture in film.frames():
        rising = picture.pts is not None and all(
            t is None or t < picture.pts for t in seen.times[-1:]
        )
        seen.rising &= rising
        seen.times.append(picture.pts)
        # Where times do not rise, what comes after a frame may have to be shown before it.
        if end is not None and seen.rising and _since(seen, tick) >= end:
            break
        if len(seen.keys) == limits.FRAMES:
            raise BadMedia(f"{film.path} has more than {limits.FRAMES} frames: cut it into pieces")
        _note(seen, picture)
        little = _small(picture, scaler)
        shots.show(little)
        if hdr.is_hdr(picture.color_trc):
            seen.levels.append(hdr.brightness(little))
        on_frame()
    seen.cuts = shots.begin()
    return seen


def _since(seen: _Seen, tick: Fraction) -> float:
    """Seconds from the first time to the last."""
    return float(((seen.times[-1] or 0) - (seen.times[0] or 0)) * tick)


def _note(seen: _Seen, picture: VideoFrame) -> None:
    seen.first = seen.first or picture
    seen.last = picture.duration or 0
    seen.keys.append(picture.key_frame)
    if not seen.alpha:
        seen.alpha = not is_opaque(picture)
    if not seen.order:
        seen.order = order_of(picture)


def in_order(times: list[int | None], step: int) -> list[int]:
    """Times that rise, for frames in the order they are shown.

    What is missing is made up, a step after the one before. Times that do not rise, as AVI has
    them for films with B-frames, belong to these frames, but not in this order.

    Example:
        >>> in_order([0, 2, 1, None], 1)
        [0, 1, 2, 3]
    """
    filled: list[int] = []
    for time in times:
        usual = filled[-1] + step if filled else 0
        filled.append(usual if time is None else time)
    filled.sort()
    for at, (before, time) in enumerate(pairwise(filled), 1):
        filled[at] = max(time, filled[at - 1] + 1, before)
    return filled


def _selected(seen: _Seen, film: Film, chosen: Selection) -> list[Frame]:
    tick = film.stream.time_base or Fraction(1, 1000)
    step = max(round(1 / (film.stream.average_rate or USUAL_RATE) / tick), 1)
    times = in_order(seen.times, step)
    if len(times) == seen.decoded:
        times.append(_end(film, times, seen.last or step))
    frames, inside = [], 0
    for ordinal, (pts, after) in enumerate(pairwise(times)):
        at = float((pts - times[0]) * tick)
        if at < (chosen.start or 0) or (chosen.end is not None and at >= chosen.end):
            continue
        if inside % chosen.every == 0:
            frames.append(Frame(pts, after - pts, ordinal, seen.keys[ordinal], False))
        inside += 1
    return with_cuts(frames, seen.cuts)


def _end(film: Film, times: list[int], usual: int) -> int:
    """When the last frame's time is over: with the stream, unless the film breaks off before.

    The duration that a container gives the last frame is often that of the frame decoded last.
    """
    start, duration = film.stream.start_time, film.stream.duration
    whole = film.stream.frames == len(times)
    longest = max(usual, *(b - a for a, b in pairwise(times)), 1)
    if start is None or not duration:
        return times[-1] + usual
    rest = start + duration - times[-1]
    return times[-1] + (rest if rest > 0 and (whole or rest <= longest) else usual)


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


def _small(frame: VideoFrame, scaler: VideoReformatter) -> NDArray[np.uint8]:
    # Fast scaling picks pixels; the mean over four of them quiets noise.
    side = SIDE * 2
    how = Interpolation.FAST_BILINEAR
    rgb = scaler.reformat(frame, side, side, "rgb24", interpolation=how, threads=1).to_ndarray()
    return small(np.asarray(rgb, np.uint8))


def _clip(film: Film, name: str, chosen: Selection, seen: _Seen, frames: list[Frame]) -> Clip:
    first, stream = seen.first, film.stream
    assert first is not None
    tick = stream.time_base or Fraction(1, 1000)
    matrix = matrix_of(first)
    rotation, flip = orientation(matrix)
    stored = first.width, first.height
    aspect = stream.sample_aspect_ratio or Fraction(1)
    width, height = square_size(stored, aspect)
    check_size(film.path, width, height)
    pairs = zip(seen.times, seen.keys, strict=False)
    return Clip(
        path=name,
        kind="video",
        width=height if rotation % 180 else width,
        height=width if rotation % 180 else height,
        time_base=(tick.numerator, tick.denominator),
        rate=(stream.average_rate or USUAL_RATE).as_integer_ratio(),
        frames=frames,
        rotation=rotation,
        flip=flip,
        matrix=matrix,
        aspect=aspect.as_integer_ratio() if aspect > 0 else (1, 1),
        stored=stored if (width, height) != stored else None,
        pixel_format=first.format.name,
        color_range=first.color_range,
        color_space=first.colorspace,
        color_primaries=first.color_primaries,
        color_transfer=first.color_trc,
        mastering=mastering_of(first),
        light=light_of(first),
        white=hdr.white_of(seen.levels, first.color_trc),
        alpha=seen.alpha,
        field_order=seen.order,
        deinterlaced=chosen.deinterlace if seen.order or chosen.deinterlace == "all" else "",
        stream=stream.index,
        streams=_streams(film),
        keys=[t for t, key in pairs if key and t is not None] if seen.rising else [],
        exact=seen.rising,
        begin=frames[0].pts if chosen.start is not None and frames[0].ordinal else None,
        end=frames[-1].pts + frames[-1].duration if chosen.end is not None else None,
        decoded=seen.decoded,
        damaged=film.damaged,
    )


def _streams(film: Film) -> tuple[Stream, ...]:
    found = []
    for stream in film.container.streams:
        found.append(Stream(stream.index, stream.type, _codec(stream), stream.language or ""))
    return tuple(found)


def _codec(stream: av.stream.Stream) -> str:
    context = getattr(stream, "codec_context", None)
    if context is not None:
        return str(context.codec.canonical_name)
    if stream.type != "data":
        return ""
    # The titles of an MP4's chapters are a stream that is not meant to be read as one.
    if stream.discard == Discard.all:
        return CHAPTERS
    return TIMECODE if "timecode" in map(str.lower, stream.metadata) else stream.name or ""

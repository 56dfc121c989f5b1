"""FrameIndex: what is known of every frame of a side's media, in frames.json."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

import msgspec

from faceswap.storage import limits
from faceswap.storage.untrusted import load_json

Count = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
Whole = Annotated[int, msgspec.Meta(ge=1, le=limits.NUMBER)]
Tag = Annotated[int, msgspec.Meta(ge=0, le=1023)]
Number32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=limits.NUMBER)]
Ticks = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
Side = Annotated[int, msgspec.Meta(ge=1, le=limits.SIDE)]
#: Chromaticities, and candela a square metre.
Part = Annotated[float, msgspec.Meta(ge=0, le=1e6)]
#: White papers of 203 candela.
White = Annotated[float, msgspec.Meta(ge=1, le=50)]
#: Which field of an interlaced frame is shown first; empty: it is progressive.
Order = Literal["", "tff", "bff"]
#: Which frames are made whole: none, those flagged as interlaced, or all.
Which = Literal["", "flagged", "all"]
Ratio = tuple[Whole, Whole]

#: Frames of a range, fewest and most, where work on a frame takes little more than its decoding. A
#: range that begins within a group of frames decodes it from its key frame on; x264's have 250.
SHORT, LONG = 48, 256


class Frame(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One selected frame: when it is shown, and how the decoder comes by it.

    `pts` and `duration` are in ticks of the clip's time base. `ordinal` counts the frames that
    the decoder gives from the beginning of the file. `key`: a seek can land here. `cut`: a new
    shot begins here, or has begun since the selected frame before.
    """

    pts: Ticks
    duration: Count
    ordinal: Count
    key: bool
    cut: bool


#: What the codec is called of streams of data that are made anew from chapters and timecode.
CHAPTERS, TIMECODE = "chapters", "timecode"


class Stream(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One stream of a video file, by its index in the file."""

    index: Count
    kind: str
    codec: str
    language: str


class Picture(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One image file of a clip made of images; its size is that of display orientation."""

    name: str
    width: Side
    height: Side


class Clip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One video file, or one folder of images, and its selected frames in order.

    A stored picture is shown by making its pixels squares, mirroring it left to right if `flip`,
    then turning it `rotation` degrees clockwise; `width` and `height` are those of the picture
    shown. `aspect` is the shape of a stored pixel, `stored` the size in such pixels where they are
    no squares. The colour numbers are those of H.273; `mastering` and `light` say for which
    screen a film of high dynamic range was made, `white` is what is white in it. `alpha`: something
    in it is not opaque.
    `field_order` is that of an interlaced film, `deinterlaced` says which frames are read whole.

    `keys` are the pts of all frames a seek can land on, selected or not; they mean something only
    where timestamps are `exact`: as the file has them, and rising. `begin` and `end` (ticks) bound
    the part that was chosen.
    """

    path: str
    kind: Literal["video", "images"]
    width: Side
    height: Side
    time_base: Ratio
    rate: Ratio
    frames: Annotated[list[Frame], msgspec.Meta(max_length=limits.FRAMES)]
    rotation: Literal[0, 90, 180, 270] = 0
    flip: bool = False
    matrix: Annotated[tuple[Number32, ...], msgspec.Meta(max_length=9)] = ()
    aspect: Ratio = (1, 1)
    stored: tuple[Side, Side] | None = None
    pixel_format: str = "rgb24"
    color_range: Tag = 0
    color_space: Tag = 2
    color_primaries: Tag = 2
    color_transfer: Tag = 2
    mastering: Annotated[tuple[Part, ...], msgspec.Meta(max_length=10)] = ()
    light: Annotated[tuple[Count, ...], msgspec.Meta(max_length=2)] = ()
    white: White = 1.0
    alpha: bool = False
    field_order: Order = ""
    deinterlaced: Which = ""
    stream: Count = 0
    streams: tuple[Stream, ...] = ()
    keys: Annotated[list[Ticks], msgspec.Meta(max_length=limits.FRAMES)] = []
    exact: bool = True
    begin: Ticks | None = None
    end: Ticks | None = None
    decoded: Count = 0
    damaged: Count = 0
    pictures: Annotated[list[Picture], msgspec.Meta(max_length=limits.FRAMES)] = []

    def __post_init__(self) -> None:
        """Refuses paths that leave the folder, and what contradicts itself."""
        for part in [self.path, *(p.name for p in self.pictures)]:
            _stay_inside(part)
        if self.kind == "images" and len(self.pictures) != len(self.frames):
            raise ValueError("as many pictures as frames")
        most = limits.FILM_PIXELS if self.kind == "video" else limits.IMAGE_PIXELS
        for width, height in ((self.width, self.height), self.stored_size):
            if width * height > most:
                raise ValueError(f"at most {most} pixels, not {width}x{height}")
        if self.keys != sorted(self.keys) or not _rising(self.frames):
            raise ValueError("frames and keys in the order of their times")
        if len(self.mastering) not in (0, 10) or len(self.light) not in (0, 2):
            raise ValueError("ten figures of a screen, and two of light")

    @property
    def square_size(self) -> tuple[int, int]:
        """Width and height of the picture in square pixels, before turning."""
        return (self.height, self.width) if self.rotation % 180 else (self.width, self.height)

    @property
    def stored_size(self) -> tuple[int, int]:
        """Width and height of the picture as the decoder gives it, before turning."""
        return self.stored or self.square_size

    @property
    def fields(self) -> Order:
        """The order of the fields of its frames as they are read."""
        return "" if self.deinterlaced else self.field_order

    @property
    def tick(self) -> Fraction:
        """Seconds of one tick of the clip's clock."""
        return Fraction(*self.time_base)

    @property
    def seconds(self) -> float:
        """Time the selected frames cover."""
        if not self.frames:
            return 0.0
        last = self.frames[-1]
        return float((last.pts + last.duration - self.frames[0].pts) * self.tick)


class FrameIndex(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every selected frame of a side's clips, numbered through from 0.

    Example:
        >>> frame = Frame(pts=0, duration=1, ordinal=0, key=True, cut=True)
        >>> clip = Clip("media/a.mp4", "video", 640, 480, (1, 25), (25, 1), [frame])
        >>> len(FrameIndex([clip]))
        1
    """

    clips: list[Clip]

    def __len__(self) -> int:
        """Number of selected frames over all clips."""
        return sum(len(clip.frames) for clip in self.clips)

    @property
    def starts(self) -> list[int]:
        """Number of the first frame of each clip, and behind them the number of all frames."""
        return [0, *accumulate(len(clip.frames) for clip in self.clips)]

    def parts(self, start: int, stop: int) -> Iterator[tuple[Clip, int, int, int]]:
        """Clip, its first frame's number, and where in its frames the range begins and ends."""
        starts = self.starts
        for clip, first in zip(self.clips, starts, strict=False):
            begin, end = max(start - first, 0), min(stop - first, len(clip.frames))
            if begin < end:
                yield clip, first, begin, end

    def frame(self, number: int) -> tuple[Clip, Frame]:
        """The clip and the frame of a global number; IndexError where there is none."""
        for clip, _, begin, _ in self.parts(number, number + 1):
            return clip, clip.frames[begin]
        raise IndexError(f"frame {number} of {len(self)}")

    def ranges(self, length: int = SHORT, most: int = LONG // 2) -> list[tuple[int, int]]:
        """Ranges (start, stop) that cover all frames: the pieces of work done in parallel.

        They depend on the index alone, so results are the same however many workers there are.
        A range lies in one clip, and begins at a key frame if one comes between `length` and
        `most` frames after the last beginning, so that little is decoded in vain.
        """
        found = []
        for clip, first in zip(self.clips, self.starts, strict=False):
            begin, count = 0, len(clip.frames)
            while begin < count:
                end = _range_end(clip.frames, begin, length, most)
                found.append((first + begin, first + end))
                begin = end
        return found

    def long_ranges(self) -> list[tuple[int, int]]:
        """Ranges as `ranges` gives them, up to half of the film: less is decoded in vain."""
        half = len(self) // 2
        return self.ranges(min(max(SHORT, half), LONG // 2), min(max(LONG // 2, half + 16), LONG))

    def save(self, path: Path) -> None:
        """Writes the index as JSON."""
        path.write_bytes(msgspec.json.encode(self))

    @classmethod
    def load(cls, path: Path) -> FrameIndex:
        """The index in a JSON file.

        Raises:
            Damaged: Where the file is not a valid index.
        """
        return load_json(path, cls, "is not a frame index", "run extract again", limits.INDEX_BYTES)


def _range_end(frames: list[Frame], begin: int, length: int, most: int) -> int:
    count = len(frames)
    if count - begin <= length:
        return count
    for end in range(begin + length, min(begin + most, count) + 1):
        if end == count or frames[end].key:
            return end
    return begin + length


def _rising(frames: list[Frame]) -> bool:
    return all(a.ordinal < b.ordinal and a.pts < b.pts for a, b in pairwise(frames))


def _stay_inside(text: str) -> None:
    path = PurePosixPath(text)
    if not text or path.is_absolute() or ".." in path.parts or "\\" in text or "\0" in text:
        raise ValueError(f"path {text!r} leaves its folder")

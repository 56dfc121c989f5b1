"""Shown: a decoder's frame as a picture in RGB, of which only the parts asked for are made."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from faceswap.films.fields import Chain
from faceswap.films.frame_index import Clip
from faceswap.films.pixels import to_rgb

Image = NDArray[np.uint8]
Box = tuple[int, int, int, int]

#: Parts begin and end at multiples of this, in stored pixels: so the scaler's patterns of dither,
#: and pixels that share chroma, fall as they do in the whole frame.
_GRID = 16
#: Pixels around a part that the scaler's filters may look at.
_ROOM = 8


class Shown:
    """What `to_rgb` makes of a frame, part by part: `shown[top:bottom, left:right]`.

    A face fills a tenth of a frame, and the conversion of all of it takes longer than blending the
    face does.

    Args:
        frame: As the decoder gave it.
        clip: Says how to show it.
    """

    def __init__(self, frame: VideoFrame, clip: Clip) -> None:
        """Converts nothing yet."""
        self.frame = frame
        self.clip = clip
        self.shape = (clip.height, clip.width, 3)

    def __getitem__(self, part: tuple[slice, slice]) -> Image:
        """The part, (h, w, 3) uint8; the slices' ends lie inside of the picture."""
        rows, columns = part
        # Long pixels are scaled.
        if self.clip.stored or _uneven(self.frame) or "whole" in self.__dict__:
            return self.whole[part]
        top, bottom, _ = rows.indices(self.shape[0])
        left, right, _ = columns.indices(self.shape[1])
        box = _grown(_stored((left, top, right, bottom), self.clip), self.frame)
        picture = to_rgb(_cut(self.frame, box), self.clip)
        at_left, at_top, _, _ = _as_shown(box, self.clip)
        return picture[top - at_top : bottom - at_top, left - at_left : right - at_left]

    @cached_property
    def whole(self) -> Image:
        """All of it; parts are cut from it once it is made."""
        return to_rgb(self.frame, self.clip)


def _uneven(frame: VideoFrame) -> bool:
    """Whether its sides are no whole chroma samples: it goes another way through the scaler."""
    form = frame.format
    across, down = (max(2, 16 // side(16)) for side in (form.chroma_width, form.chroma_height))
    return bool(frame.width % across or frame.height % down)


def _stored(box: Box, clip: Clip) -> Box:
    """Left, top, right and bottom of a box of the picture as it is shown, in the stored one."""
    left, top, right, bottom = box
    width, height = clip.width, clip.height
    for _ in range(clip.rotation // 90):
        # A quarter turn back, against the clock: what was at the right comes to the top.
        left, top, right, bottom = top, width - right, bottom, width - left
        width, height = height, width
    if clip.flip:
        left, right = width - right, width - left
    return left, top, right, bottom


def _as_shown(box: Box, clip: Clip) -> Box:
    """The inverse of `_stored`."""
    left, top, right, bottom = box
    width, height = clip.square_size
    if clip.flip:
        left, right = width - right, width - left
    for _ in range(clip.rotation // 90):
        left, top, right, bottom = height - bottom, left, height - top, right
        width, height = height, width
    return left, top, right, bottom


def _grown(box: Box, frame: VideoFrame) -> Box:
    left, top, right, bottom = box
    low = [max(0, (edge - _ROOM) // _GRID * _GRID) for edge in (left, top)]
    high = [-(-(edge + _ROOM) // _GRID) * _GRID for edge in (right, bottom)]
    return low[0], low[1], min(high[0], frame.width), min(high[1], frame.height)


def _cut(frame: VideoFrame, box: Box) -> VideoFrame:
    """A frame of a part's samples, which stay where they are."""
    left, top, right, bottom = box
    (part,) = Chain(("crop", f"{right - left}:{bottom - top}:{left}:{top}:exact=1")).push(frame)
    return part


#: (h, w, 3) RGB in display orientation, there or made where it is looked at.
Picture = Image | Shown


def whole(picture: Picture) -> Image:
    """All of a picture."""
    return picture.whole if isinstance(picture, Shown) else picture

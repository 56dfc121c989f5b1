"""A decoded frame as it is shown, of which only what is looked at is converted."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from faceswap.frame_index import Clip
from faceswap.paste import PLANAR, grid, samples, unturned_corner
from faceswap.pixels import tagged, to_rgb, turned

Image = NDArray[np.uint8]
Box = tuple[int, int, int, int]

#: Parts begin and end at multiples of this, or with the frame: so each pixel is met by the same of
#: the scaler's instructions as in a whole frame, and comes out the same to the bit.
_GRID = 64
#: Pixels around a part that the scaler's filters may read.
_ROOM = 8


class Shown:
    """What `to_rgb` gives of a frame, part by part: a part as `shown[top:bottom, left:right]`.

    Args:
        frame: As the decoder gave it.
        clip: Says how to turn it.

    Attributes:
        shape: Height and width in display orientation, and 3.
    """

    def __init__(self, frame: VideoFrame, clip: Clip) -> None:
        self._frame = frame
        self._clip = clip
        size = clip.square_size if clip.stored else (frame.width, frame.height)
        width, height = size[::-1] if clip.rotation % 180 else size
        self.shape = (height, width, 3)

    def __getitem__(self, part: tuple[slice, slice]) -> Image:
        """The pixels of a part that lies inside of the frame."""
        (top, bottom, _), (left, right, _) = (
            one.indices(length) for one, length in zip(part, self.shape, strict=False)
        )
        if not self._apart:
            return self._whole[top:bottom, left:right]
        x, y = unturned_corner(self._clip, left, top, right, bottom)
        wide, high = right - left, bottom - top
        if self._clip.rotation % 180:
            wide, high = high, wide
        frame, box = self._frame, (x, y, x + wide, y + high)
        near = _grown(box, (frame.width, frame.height))
        rgb = to_rgb(cropped(frame, near), _upright(near, self._clip))
        inside = rgb[y - near[1] :, x - near[0] :][:high, :wide]
        return turned(inside, self._clip)

    @property
    def _apart(self) -> bool:
        """Whether parts come out as in the whole: not where fields or long pixels are mixed."""
        frame = self._frame
        if self._clip.stored or frame.interlaced_frame or not PLANAR.match(frame.format.name):
            return False
        across, down = grid(frame)
        return not (frame.width % across or frame.height % down or frame.height % 2)

    @cached_property
    def _whole(self) -> Image:
        return to_rgb(self._frame, self._clip)


def cropped(frame: VideoFrame, box: Box) -> VideoFrame:
    """A part of a planar frame, its samples copied.

    Args:
        frame: In one of the formats of `PLANAR`.
        box: Left, top, right and bottom, on whole samples of chroma.
    """
    left, top, right, bottom = box
    part = VideoFrame(right - left, bottom - top, frame.format.name)
    across, down = grid(frame)
    for number, (mine, theirs) in enumerate(zip(samples(part), samples(frame), strict=True)):
        x, y = (across, down) if number in (1, 2) else (1, 1)
        mine[:] = theirs[top // y : bottom // y, left // x : right // x]
    return tagged(part, frame)


def _grown(box: Box, size: tuple[int, int]) -> Box:
    """The box with room around it, on the grid or at the frame's edge."""
    left, top, right, bottom = box
    width, height = size
    return (
        max((left - _ROOM) // _GRID * _GRID, 0),
        max((top - _ROOM) // _GRID * _GRID, 0),
        min(-(-(right + _ROOM) // _GRID) * _GRID, width),
        min(-(-(bottom + _ROOM) // _GRID) * _GRID, height),
    )


def _upright(box: Box, clip: Clip) -> Clip:
    """A clip of the box's size that is not turned."""
    width, height = box[2] - box[0], box[3] - box[1]
    return Clip("-", "video", width, height, (1, 1), (1, 1), [], white=clip.white)

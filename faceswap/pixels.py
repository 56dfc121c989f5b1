"""Pixels between a decoder's frame and RGB in display orientation, both ways."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from faceswap import hdr
from faceswap.frame_index import Clip

Image = NDArray[np.uint8]


def to_rgb(frame: VideoFrame, clip: Clip, scaler: VideoReformatter | None = None) -> Image:
    """The frame as (h, w, 3) uint8 RGB, as it is shown: upright, of square pixels.

    Colour matrix and range are those the frame is tagged with; where it has no tag, BT.601 and
    limited range, as swscale has it. PQ and HLG come as usual tones, see `hdr.shown`.

    Args:
        frame: As the decoder gave it.
        clip: Says how to turn it.
        scaler: Kept by callers that convert many frames: it need not be set up again then.
    """
    scaler = scaler or VideoReformatter()
    form = "rgb48le" if hdr.is_hdr(frame.color_trc) else "rgb24"
    width, height = clip.square_size if clip.stored else (frame.width, frame.height)
    how = Interpolation.BICUBIC if clip.stored else None
    rgb = scaler.reformat(frame, width, height, form, interpolation=how, threads=1).to_ndarray()
    if form == "rgb24":
        return turned(np.asarray(rgb, np.uint8), clip)
    return turned(hdr.shown(np.asarray(rgb, np.uint16), frame.color_trc), clip)


def from_rgb(image: Image, like: VideoFrame, clip: Clip, pixel_format: str = "") -> VideoFrame:
    """The inverse of `to_rgb` on stored pixels: a frame with the matrix, range and tags of `like`.

    Args:
        image: (h, w, 3) uint8 RGB as shown; of any size.
        like: The frame whose tags it gets.
        clip: Says how stored frames are turned.
        pixel_format: Of the result; as `like` where empty.
    """
    rgb = _rgb(np.ascontiguousarray(unturned(image, clip)), like.color_trc)
    rgb.colorspace = like.colorspace
    frame = VideoReformatter().reformat(
        rgb,
        format=pixel_format or like.format.name,
        dst_color_range=like.color_range,
        threads=1,
    )
    return tagged(frame, like)


def _rgb(image: Image, transfer: int) -> VideoFrame:
    if hdr.is_hdr(transfer):
        return VideoFrame.from_ndarray(hdr.coded(image, transfer), "rgb48le")
    return VideoFrame.from_ndarray(image, "rgb24")


def tagged(frame: VideoFrame, like: VideoFrame) -> VideoFrame:
    """The frame, given the colour tags and the time of another."""
    frame.colorspace, frame.color_range = like.colorspace, like.color_range
    frame.color_primaries, frame.color_trc = like.color_primaries, like.color_trc
    frame.pts, frame.time_base = like.pts, like.time_base
    return frame


def turned(image: Image, clip: Clip) -> Image:
    """A stored picture (h, w) or (h, w, 3) as it is shown."""
    image = image[:, ::-1] if clip.flip else image
    return np.ascontiguousarray(np.rot90(image, -clip.rotation // 90))


def unturned(image: Image, clip: Clip) -> Image:
    """A picture as it is shown, as it is stored: the inverse of `turned`."""
    image = np.rot90(image, clip.rotation // 90)
    return np.ascontiguousarray(image[:, ::-1] if clip.flip else image)

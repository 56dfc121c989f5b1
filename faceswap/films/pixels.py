"""Pixels between a decoder's frame and RGB in display orientation, both ways."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from faceswap.films import hdr
from faceswap.films.frame_index import Clip
from faceswap.films.transparency import has_alpha

Image = NDArray[np.uint8]
Picture = TypeVar("Picture", bound=NDArray[Any])


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
    if not clip.stored and frame.format.name in ("rgb48le", "rgba64le"):
        # The inverse of `as_codes`; swscale is off by one here and there.
        codes = np.asarray(frame.to_ndarray(), np.uint16)[..., :3]
        return turned(((codes + np.uint32(128)) // 257).astype(np.uint8), clip)
    if not hdr.is_hdr(frame.color_trc):
        return turned(np.asarray(_squares(frame, clip, "rgb24", scaler), np.uint8), clip)
    deep = np.asarray(_squares(frame, clip, "rgb48le", scaler), np.uint16)
    return turned(hdr.shown(deep, frame.color_trc, clip.white), clip)


def _squares(
    frame: VideoFrame, clip: Clip, pixel_format: str, scaler: VideoReformatter
) -> NDArray[Any]:
    """The frame in a format of packed RGB, its pixels made squares."""
    width, height = clip.square_size if clip.stored else (frame.width, frame.height)
    how = Interpolation.BICUBIC if clip.stored else None
    made = scaler.reformat(frame, width, height, pixel_format, interpolation=how, threads=1)
    return made.to_ndarray()


def to_samples(frame: VideoFrame, clip: Clip) -> Image | NDArray[np.uint16]:
    """The frame as (h, w, 3 or 4) RGB of 8 or 16 bits, as it is shown, with all that it holds.

    Unlike `to_rgb` it leaves PQ and HLG as they are.
    """
    form = plain_rgb(frame.format.name)
    array = _squares(frame, clip, form, VideoReformatter())
    return turned(cast(Image | NDArray[np.uint16], array), clip)


def plain_rgb(pixel_format: str) -> str:
    """Of four kinds of packed RGB, that which holds all that a format does.

    Example:
        >>> plain_rgb("bgr0"), plain_rgb("pal8"), plain_rgb("yuva444p12le")
        ('rgb24', 'rgba', 'rgba64le')
    """
    deep = max(c.bits for c in VideoFormat(pixel_format).components) > 8
    alpha = has_alpha(pixel_format)
    return ("rgba64le" if alpha else "rgb48le") if deep else ("rgba" if alpha else "rgb24")


def as_codes(image: Image, transfer: int, white: float, deep: bool) -> Image | NDArray[np.uint16]:
    """RGB as shown, as `to_samples` gives it of a frame of a transfer curve and a depth."""
    if hdr.is_hdr(transfer):
        return hdr.coded(image, transfer, white)
    return image.astype(np.uint16) * 257 if deep else image


def from_rgb(image: Image, like: VideoFrame, clip: Clip, pixel_format: str = "") -> VideoFrame:
    """The inverse of `to_rgb` on stored pixels: a frame with the matrix, range and tags of `like`.

    Args:
        image: (h, w, 3) uint8 RGB as shown; of any size.
        like: The frame whose tags it gets.
        clip: Says how stored frames are turned, and what is white.
        pixel_format: Of the result; as `like` where empty.
    """
    rgb = _rgb(np.ascontiguousarray(unturned(image, clip)), like.color_trc, clip.white)
    rgb.colorspace = like.colorspace
    frame = VideoReformatter().reformat(
        rgb,
        format=pixel_format or like.format.name,
        dst_color_range=like.color_range,
        threads=1,
    )
    return tagged(frame, like)


def _rgb(image: Image, transfer: int, white: float) -> VideoFrame:
    if hdr.is_hdr(transfer):
        return VideoFrame.from_ndarray(hdr.coded(image, transfer, white), "rgb48le")
    return VideoFrame.from_ndarray(image, "rgb24")


def tagged(frame: VideoFrame, like: VideoFrame) -> VideoFrame:
    """The frame, given the colour tags and the time of another."""
    frame.colorspace, frame.color_range = like.colorspace, like.color_range
    frame.color_primaries, frame.color_trc = like.color_primaries, like.color_trc
    frame.pts, frame.time_base = like.pts, like.time_base
    return frame


def turned(image: Picture, clip: Clip) -> Picture:
    """A stored picture (h, w) or (h, w, 3) as it is shown."""
    image = cast(Picture, image[:, ::-1] if clip.flip else image)
    return cast(Picture, np.ascontiguousarray(np.rot90(image, -clip.rotation // 90)))


def unturned(image: Picture, clip: Clip) -> Picture:
    """A picture as it is shown, as it is stored: the inverse of `turned`."""
    image = cast(Picture, np.rot90(image, clip.rotation // 90))
    return cast(Picture, np.ascontiguousarray(image[:, ::-1] if clip.flip else image))

"""Transparency: whether a frame has any, and not merely a place for it."""

from __future__ import annotations

from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter


def has_alpha(pixel_format: str) -> bool:
    """Whether a format has a place for transparency, be it in its palette.

    Example:
        >>> has_alpha("yuva420p"), has_alpha("yuv420p"), has_alpha("pal8")
        (True, False, True)
    """
    form = VideoFormat(pixel_format)
    return form.has_palette or any(c.is_alpha for c in form.components)


def is_opaque(frame: VideoFrame) -> bool:
    """Whether nothing shines through; GIF and PNG often have transparency in form only."""
    if not has_alpha(frame.format.name):
        return True
    rgba = VideoReformatter().reformat(frame, format="rgba", threads=1).to_ndarray()
    return bool(rgba[..., 3].min() == 255)

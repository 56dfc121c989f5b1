"""Pixel formats: which of those an encoder takes loses least of a film."""

from __future__ import annotations

import re
from collections.abc import Sequence

from av.video.format import VideoFormat

from faceswap.films.transparency import has_alpha

_LAYOUTS = ("420", "422", "444")


def is_rgb(pixel_format: str) -> bool:
    """Whether samples are red, green and blue, or numbers of a palette."""
    form = VideoFormat(pixel_format)
    return bool(form.is_rgb or form.has_palette)


def depth(pixel_format: str) -> int:
    """Bits of the deepest kind of sample."""
    return max(c.bits for c in VideoFormat(pixel_format).components)


def chroma(pixel_format: str) -> str:
    """`420`, `422`, `444` for kinds of YUV and grey; empty for kinds of RGB.

    Example:
        >>> chroma("nv12"), chroma("yuva444p12le"), chroma("gray"), chroma("bgra")
        ('420', '444', '420', '')
    """
    if re.match(r"nv12|nv21|p0|gray|ya\d|yuva?j?4[12][01]", pixel_format):
        return "420"
    if re.match(r"nv16|nv20|yuyv|uyvy|yvyu|y2|p2|yuva?j?422", pixel_format):
        return "422"
    return "444" if re.match(r"yuva?j?44[04]|nv24|p4|ayuv|vuy", pixel_format) else ""


def nearest(pixel_format: str, formats: Sequence[str], alpha: bool, rgb: str) -> str:
    """The format that loses least of a film's: first chroma, then bits; then the smallest.

    Args:
        pixel_format: The film's.
        formats: Those to choose from.
        alpha: Whether transparency has to find room.
        rgb: What films in RGB become where no kind of RGB is among the formats.
    """
    possible = [f for f in formats if has_alpha(f) == alpha]
    if pixel_format in possible:
        return pixel_format
    if not chroma(pixel_format):
        kinds = [f for f in possible if is_rgb(f)]
        pixel_format = pixel_format if kinds else _as_deep(rgb, pixel_format)
        possible = kinds or possible
    wanted, deep = chroma(pixel_format) or "444", depth(pixel_format)

    def loss(name: str) -> tuple[int, int, int, int]:
        fewer = _LAYOUTS.index(wanted) - _LAYOUTS.index(chroma(name) or "444")
        return max(fewer, 0), max(deep - depth(name), 0), -fewer, depth(name)

    return min((f for f in possible if not f.startswith("gray")), key=loss)


def is_odd(pixel_format: str, width: int, height: int, interlaced: bool = False) -> bool:
    """Whether a picture's sides do not fit pixels that share chroma, in each field."""
    across = 1 if chroma(pixel_format) == "444" else 2
    down = 2 if chroma(pixel_format) == "420" else 1
    return not is_rgb(pixel_format) and bool(width % across or height % (down * (1 + interlaced)))


def _as_deep(name: str, pixel_format: str) -> str:
    """A kind of YUV of 8 bits, or of 10 where the film has more than 8."""
    return f"{name}10le" if depth(pixel_format) > 8 and depth(name) == 8 else name

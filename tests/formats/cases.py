"""The matrix: each kind of film or pictures, how it is asked for, and what it must become."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from . import dressing
from .recipes import RECIPES, cook

MP4, MOV, MKV = "mp4 h264 yuv420p", "mov h264 yuv420p", "mkv h264 yuv420p"


@dataclass(frozen=True)
class Case:
    """One line of the table.

    Attributes:
        made: Makes the film in a folder from the clip.
        out: The output's container, codec and pixel format.
        extract: Options of that stage.
        merge: Options of that stage.
        becomes: Fields of the clip that the output has otherwise, and how.
        dropped: What the warnings name.
        least: Decibels of the pixels outside the faces at least; 0: they are the decoder's own.
        fast: Run in the quick suite too.
    """

    made: Callable[[Path, Path], Path]
    out: str = MP4
    extract: tuple[str, ...] = ()
    merge: tuple[str, ...] = ()
    becomes: dict[str, Any] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    least: float = 36
    fast: bool = False


def _film(name: str, out: str = MP4, **more: Any) -> Case:
    return Case(partial(_cooked, name), out, **more)


def _cooked(name: str, clip: Path, folder: Path) -> Path:
    return cook(RECIPES[name], clip, folder)


#: Films in RGB become YUV of BT.709 where the codec knows no RGB.
_709 = {"color_space": 1, "color_primaries": 1, "color_transfer": 1, "color_range": 1}
_LOSSLESS = {"least": 0, "merge": ("--codec", "ffv1")}
#: What differs from these: everything else becomes `MP4` and stays as it was.
_OTHERWISE: dict[str, dict[str, Any]] = {
    "variable rate": {"fast": True},
    "turned by 90": {"fast": True},
    "turned by 270": {},
    "405x721": {"out": "mp4 h264 yuv444p"},
    "4:2:2": {"out": "mp4 h264 yuv422p"},
    "4:4:4": {"out": "mp4 h264 yuv444p"},
    "RGB": {"becomes": _709},
    "RGB of 10 bits": {"out": "mp4 h264 yuv420p10le", "becomes": _709},
    "full range": {"out": "mp4 h264 yuvj420p"},
    "BT.2020": {"out": "mp4 h264 yuv420p10le"},
    "10 bits": {"out": "mp4 h264 yuv420p10le"},
    "PQ": {"out": "mp4 hevc yuv420p10le", "fast": True},
    "HLG": {"out": "mp4 hevc yuv420p10le"},
    "alpha (ProRes 4444)": {"out": "mov prores yuva444p12le", "fast": True},
    "alpha (WebM)": {"out": "mkv prores yuva444p12le"},
    "alpha (QuickTime PNG)": {"out": "mov prores yuva444p12le", "becomes": _709},
    "GIF": {"becomes": _709, "least": 30, "fast": True},
    "GIF with holes": {"out": "mov prores yuva444p12le", "becomes": _709},
    "MJPEG (AVI)": {"out": "mov h264 yuvj420p"},
    "WMV": {"dropped": ("wmav2",)},
    "VP9": {"out": MKV},
    "ProRes": {"out": "mov h264 yuv422p10le"},
    "FFV1": {"out": MOV},
    "grey": {"out": "mp4 h264 yuvj420p"},
    "timecode": {"out": MOV},
}

CASES: dict[str, Case] = {name: _film(name, **_OTHERWISE.get(name, {})) for name in RECIPES}
CASES |= {
    "times exchanged": Case(dressing.shuffled, "mp4 h264 yuvj420p"),
    "cut off": Case(dressing.cut_off, MOV),
    "all kinds of streams (MP4)": Case(dressing.mp4, fast=True),
    "all kinds of streams (Matroska)": Case(dressing.mkv, MKV, fast=True),
    "data (MPEG-TS)": Case(dressing.with_data, "ts h264 yuv420p"),
    "data left out": Case(dressing.with_data, MP4, merge=("--container", "mp4"), dropped=("klv",)),
    "made progressive": _film(
        "interlaced, top first", extract=("--deinterlace", "flagged"), becomes={"field_order": ""}
    ),
    "a part (MP4)": _film("sound longer", extract=("--start", "0.07", "--end", "0.14")),
    "a part (Matroska)": Case(dressing.mkv, MKV, extract=("--start", "0.1", "--end", "0.3")),
    "a part (MPEG-TS)": _film("MPEG-TS", extract=("--start", "0.1", "--end", "0.3")),
    "a part with timecode": _film(
        "timecode", MOV, extract=("--start", "0.2"), becomes={"timecode": "01:02:03:09"}
    ),
    "alpha dropped": _film(
        "alpha (WebM)", merge=("--transparency", "drop"), becomes={"alpha": False}
    ),
    "to HEVC": _film("constant rate", "mp4 hevc yuv420p", merge=("--codec", "hevc")),
    "to AV1": _film("variable rate", "mp4 av1 yuv420p", merge=("--codec", "av1")),
    "to AV1 from 405x721": _film("405x721", "mp4 av1 yuv420p", merge=("--codec", "av1")),
    "to ProRes": _film("10 bits", "mov prores yuv422p10le", merge=("--codec", "prores")),
    "to ProRes, interlaced": _film(
        "interlaced, bottom first", "mov prores yuv422p10le", merge=("--codec", "prores")
    ),
    "to FFV1": _film("constant rate", "mkv ffv1 yuv420p", fast=True, **_LOSSLESS),
    "to FFV1, variable rate": _film("variable rate", "mkv ffv1 yuv420p", **_LOSSLESS),
    "to FFV1, interlaced": _film("interlaced, top first", "mkv ffv1 yuv420p", **_LOSSLESS),
    "to FFV1, turned": _film("turned and mirrored", "mkv ffv1 yuv420p", **_LOSSLESS),
    "to FFV1, 405x721": _film("405x721", "mkv ffv1 yuv420p", **_LOSSLESS),
    "to FFV1, RGB": _film("RGB", "mkv ffv1 bgr0", **_LOSSLESS),
    "to FFV1, RGB of 10 bits": _film("RGB of 10 bits", "mkv ffv1 gbrp10le", **_LOSSLESS),
    "to FFV1, alpha": _film("alpha (ProRes 4444)", "mkv ffv1 yuva444p12le", **_LOSSLESS),
    "to FFV1, PQ": _film(
        "PQ",
        "mkv ffv1 yuv420p10le",
        becomes={"mastering": (), "light": ()},
        dropped=("mastering display",),
        **_LOSSLESS,
    ),
    "to FFV1, grey": _film("grey", "mkv ffv1 yuv420p", **_LOSSLESS),
}

"""What a decoder says beside a frame's samples: how to turn it, and the screen it was made for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast

import numpy as np
from av.buffer import Buffer
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame


def _data(frame: VideoFrame, kind: Type) -> bytes:
    # The stubs call it a dictionary of names; it is one of kinds of side data.
    data = cast(Mapping[Type, Buffer], frame.side_data)
    try:
        return bytes(data[kind])
    except KeyError:
        return b""


def matrix_of(frame: VideoFrame) -> tuple[int, ...]:
    """The display matrix's nine numbers; none where the frame is shown as it is stored."""
    return tuple(np.frombuffer(_data(frame, Type.DISPLAYMATRIX), np.int32)[:9].tolist())


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


def mastering_of(frame: VideoFrame) -> tuple[float, ...]:
    """The screen a film was mastered on (SMPTE ST 2086): ten figures, or none.

    x and y of red, green, blue and white, then its darkest and brightest in candela a square metre.
    """
    # AVMasteringDisplayMetadata: ten ratios of 32-bit numbers, then which of them are given.
    data = np.frombuffer(_data(frame, Type.MASTERING_DISPLAY_METADATA), np.int32)
    if len(data) < 22 or not data[20:22].all() or (data[1:20:2] <= 0).any():
        return ()
    return tuple((data[0:20:2] / data[1:20:2]).tolist())


def dynamic_of(frame: VideoFrame) -> tuple[str, ...]:
    """What a frame says of how its own picture is to be shown, which holds for no other."""
    kinds = {Type.DOVI_METADATA: "Dolby Vision", Type.DYNAMIC_HDR_PLUS: "HDR10+"}
    return tuple(name for kind, name in kinds.items() if _data(frame, kind))


def light_of(frame: VideoFrame) -> tuple[int, ...]:
    """The brightest pixel's and the brightest frame's light (CTA-861.3), in candela; or none."""
    data = np.frombuffer(_data(frame, Type.CONTENT_LIGHT_LEVEL), np.uint32)
    return tuple(data[:2].tolist())

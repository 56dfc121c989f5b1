"""Face detectors behind one call."""

from __future__ import annotations

from functools import cache

from faceswap import backend
from faceswap.detection.found import Detector
from faceswap.errors import BadOption


@cache
def open_detector(name: str) -> Detector:
    """The detector `blaze`, `hog` or `cnn`; its weights are loaded once in a process.

    Raises:
        BadOption: For another name.
    """
    if name == "hog":
        from faceswap.detection.hog import Hog

        return Hog()
    if name == "cnn":
        from faceswap.detection.mmod import Mmod

        return Mmod()
    if name == "blaze":
        from faceswap.detection.blaze import Blaze

        return Blaze()
    raise BadOption(f"no detector `{name}`: known are blaze, cnn, hog")


def held(name: str) -> bool:
    """Whether the detector holds a GPU, which has room for one process and not for one a core."""
    return name == "cnn" and backend.gpu()

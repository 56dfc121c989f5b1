"""A short film of the target's face beside the output's, small enough for a page."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from io import BytesIO

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from faceswap.evaluation.appearance import face_width
from faceswap.evaluation.reel import Reel
from faceswap.writing.image_writer import PREVIEW

#: Seconds it lasts at most, the height of both pictures in pixels, and how finely it is written.
SECONDS, HEIGHT, QUALITY = 4, 240, "27"
#: What is shown reaches so many widths of the face beyond it.
_ROOM = 0.9


def side_by_side(
    films: tuple[Reel, Reel], frames: Sequence[int], points: Sequence[NDArray[np.float32]]
) -> bytes:
    """An MP4 file (H.264) of frames of both films next to each other, cut to where the face is.

    Args:
        films: Target and output.
        frames: Numbers of frames that follow each other.
        points: The target's landmarks (68, 2) in some of them.
    """
    clip, _ = films[0].index.frame(frames[0])
    left, top, right, bottom = _window(points, (clip.height, clip.width))
    scale = min(1.0, HEIGHT / (bottom - top))
    size = [max(2, round(side * scale / 2) * 2) for side in (right - left, bottom - top)]
    file = BytesIO()
    with av.open(file, "w", "mp4") as film:
        stream = film.add_stream(
            "libx264", Fraction(*clip.rate), options={"crf": QUALITY, "preset": "veryfast"}
        )
        assert isinstance(stream, VideoStream)
        film.metadata["comment"] = PREVIEW
        stream.width, stream.height, stream.pix_fmt = 2 * size[0], size[1], "yuv420p"
        with films[0].reader() as target, films[1].reader() as output:
            both = (r.frames(frames[0], frames[0] + len(frames)) for r in (target, output))
            for (_, old), (_, new) in zip(*both, strict=True):
                row = [
                    cv2.resize(image[top:bottom, left:right], size, None, 0, 0, cv2.INTER_AREA)
                    for image in (old, new)
                ]
                picture = np.ascontiguousarray(np.hstack(row), np.uint8)
                film.mux(stream.encode(VideoFrame.from_ndarray(picture, "rgb24")))
        film.mux(stream.encode(None))
    return file.getvalue()


def most_frames(reel: Reel, number: int) -> int:
    """How many frames of the clip that has this frame are shown."""
    return max(2, int(SECONDS * Fraction(*reel.index.frame(number)[0].rate)))


def _window(
    points: Sequence[NDArray[np.float32]], shape: tuple[int, int]
) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what shows the face in all frames."""
    if not points:
        return 0, 0, shape[1], shape[0]
    every = np.concatenate(points)
    room = _ROOM * float(np.median([face_width(p) for p in points]))
    left, top = np.clip(every.min(axis=0) - room, 0, None).astype(int)
    right, bottom = np.clip(every.max(axis=0) + room, 0, (shape[1], shape[0])).astype(int)
    return int(left), int(top), max(int(right), int(left) + 2), max(int(bottom), int(top) + 2)

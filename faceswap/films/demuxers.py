"""Demuxers: films opened from a file, by a demuxer of films, within limits."""

from __future__ import annotations

from pathlib import Path

import av
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext

from faceswap.errors import BadMedia
from faceswap.films import boxes
from faceswap.storage import limits
from faceswap.storage.untrusted import open_file, said

#: The demuxers that are used, by ffmpeg's names. Never those that open other files or the network
#: (hls, dash, concat, sdp, imf, image2), nor those that turn text into pictures.
DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska,webm",
    "apng",
    "asf",
    "av1",
    "avi",
    "dv",
    "flv",
    "gif",
    "h263",
    "h264",
    "hevc",
    "ivf",
    "m4v",
    "mjpeg",
    "mpeg",
    "mpegts",
    "mpegvideo",
    "mxf",
    "nut",
    "obu",
    "ogg",
    "rm",
    "vc1",
    "vvc",
    "webp",
    "wtv",
    "yuv4mpegpipe",
)
#: No file that a film names is opened, whatever its demuxer thinks of it.
_OPTIONS = {
    "format_whitelist": ",".join(DEMUXERS),
    "protocol_whitelist": "file",
    "max_streams": str(limits.STREAMS),
    # Of the decoders that look at the first frames, too.
    "max_pixels": str(limits.FILM_PIXELS),
}


def open_film(path: Path) -> InputContainer:
    """The open container of a film's file.

    Raises:
        BadMedia: With ffmpeg's words where that fails; for what is no file; for a film whose
            header promises more frames than the file can hold.
    """
    try:
        with open_file(path) as file:
            boxes.check(file)
        # The protocol is named, so that no name of a file is taken for another one.
        return av.open(f"file:{path}", metadata_errors="replace", options=_OPTIONS)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise BadMedia(f"{path} cannot be opened as a video: {_words(error)}") from error


def limit_pixels(path: Path, context: VideoCodecContext) -> None:
    """Have a decoder refuse frames that are too large, whatever the header says.

    Raises:
        BadMedia: Where the header says it already.
    """
    check_size(path, context.width, context.height)
    context.options = {"max_pixels": _OPTIONS["max_pixels"]}


def check_size(path: Path, width: int, height: int) -> None:
    """Raises `BadMedia` where a film's frames are too large."""
    if width * height > limits.FILM_PIXELS or max(width, height) > limits.SIDE:
        raise BadMedia(
            f"{path} has frames of {width}x{height}: at most {limits.FILM_PIXELS} pixels and "
            f"{limits.SIDE} a side are decoded"
        )


def _words(error: Exception) -> str:
    if isinstance(error, av.error.ArgumentError):
        return "it is no video"
    return said(error)

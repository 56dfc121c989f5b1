"""Film: the frames of a video file exactly as its decoder gives them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from faceswap.errors import BadMedia
from faceswap.films.demuxers import limit_pixels, open_film

#: Decoders that know of the second picture in which VP8 and VP9 keep transparency.
VPX = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


class Film:
    """An open video file; a context manager.

    `damaged` counts what could not be decoded, and frames the decoder marks as corrupt.

    Args:
        path: The file.
        threads: Threads of the decoder; 0: as many as there are cores.
    """

    def __init__(self, path: Path, threads: int = 0) -> None:
        """Only remembers what to open."""
        self.path = path
        self.threads = threads
        self.damaged = 0
        self._decoder: VideoCodecContext | None = None
        self._container: InputContainer | None = None

    def __enter__(self) -> Film:
        """The film, open; raises `BadMedia` with ffmpeg's words where that fails."""
        self._container = open_film(self.path)
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: object, error: BaseException | None, *_: object) -> None:
        """Closes the file."""
        self.close()
        refuse_frames(self.path, error)

    def close(self) -> None:
        """Closes the file; harmless if it is closed."""
        if self._container is not None:
            self._container.close()
            self._container = None

    @property
    def container(self) -> InputContainer:
        """The open container."""
        if self._container is None:
            raise ValueError(f"{self.path} is not open")
        return self._container

    @property
    def stream(self) -> VideoStream:
        """The first stream of moving pictures; a cover of a record is none."""
        for stream in self.container.streams.video:
            if not stream.disposition & Disposition.attached_pic:
                return stream
        raise BadMedia(f"{self.path} holds no video stream: give a video or a folder of images")

    def seek(self, pts: int) -> bool:
        """Goes to the key frame at or before `pts` (ticks); False where the format cannot."""
        try:
            self.container.seek(pts, stream=self.stream)
        except (av.error.FFmpegError, OSError):
            return False
        return True

    def frames(self) -> Iterator[VideoFrame]:
        """The frames from here to the end, in the order they are shown."""
        for packet in self._packets():
            try:
                decoded = self._decoded(packet)
            except av.error.EOFError:
                return
            except av.error.FFmpegError:
                self.damaged += 1
                continue
            for frame in decoded:
                self.damaged += frame.is_corrupt
                yield frame

    def _decoded(self, packet: Packet[VideoStream]) -> list[VideoFrame]:
        if self._decoder is None:
            return packet.decode()
        return self._decoder.decode(packet if packet.size else None)

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError:
                # The file breaks off here: what the decoder still holds is handed out.
                self.damaged += 1
                last = cast("Packet[VideoStream]", Packet())
                last.stream = self.stream
                yield last
                return
            yield packet

    def _prepare(self) -> None:
        stream = self.stream
        # Streams without a decoder have no context at all, whatever the type stubs say.
        if getattr(stream, "codec_context", None) is None:
            raise BadMedia(f"{self.path}: there is no decoder for its video stream")
        self._decoder = _with_alpha(stream)
        context = self._decoder or stream.codec_context
        limit_pixels(self.path, stream.codec_context)
        limit_pixels(self.path, context)
        context.thread_type = "AUTO"
        context.thread_count = self.threads


def _with_alpha(stream: VideoStream) -> VideoCodecContext | None:
    """A decoder that gives VP8's and VP9's transparency, which the usual ones do not know."""
    said = {name.lower(): value for name, value in stream.metadata.items()}
    other = VPX.get(stream.codec_context.codec.canonical_name)
    if said.get("alpha_mode") != "1" or other is None:
        return None
    decoder = VideoCodecContext.create(other, "r")
    assert isinstance(decoder, VideoCodecContext)
    return decoder


def refuse_frames(path: Path, error: BaseException | None) -> None:
    """Raises `BadMedia` in place of ffmpeg's error at frames whose colours it cannot convert."""
    if isinstance(error, av.error.FFmpegError):
        said = reason(error)
        raise BadMedia(f"{path} has frames that cannot be converted: {said}") from error


def reason(error: Exception) -> str:
    """What the library says of an error, without its numbers and paths."""
    return getattr(error, "strerror", None) or str(error)

"""FrameWriter: a film with changed faces, all else as in the film it was made from."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream

from faceswap.copies import MARK, Copies
from faceswap.encoding import Encoding, container_for, encoding_for
from faceswap.errors import BadMedia, OutOfSpace, Unsupported
from faceswap.film import reason
from faceswap.frame_index import Clip
from faceswap.paste import Patch, copied, paste

__all__ = ["MARK", "FrameWriter", "Patch", "container_for"]

#: H.273: the matrix, primaries and transfer that films made from RGB pictures are tagged with.
BT709 = 1
LIMITED, FULL = 1, 2
#: Ticks a second that most rates of films and sound are whole numbers, or near, of.
MOVIE_TICKS = 90_000


class FrameWriter:
    """Writes one clip's film; a context manager.

    Timestamps are the film's to the tick, and so are orientation, colour tags, pixel shape, sound,
    subtitles, chapters and metadata; a comment says that the film is synthetic. Samples that no
    patch touches reach the encoder as the decoder gave them.

    Args:
        path: File to write, whatever its name ends in.
        clip: The clip it is made from.
        source: The film's file, whose other streams are copied; None for images.
        encoding: As `encoding_for` decides; None: its defaults.
        mark: Whether the film's comment says that it is synthetic.
    """

    def __init__(
        self,
        path: Path,
        clip: Clip,
        source: Path | None,
        encoding: Encoding | None = None,
        mark: bool = True,
    ) -> None:
        """Only remembers; raises `Unsupported` where the defaults do not go with the clip."""
        self.path = path
        self.clip = clip
        self.source = source if clip.kind == "video" else None
        self.encoding = encoding or encoding_for(clip)
        self._scaler = VideoReformatter()
        self._durations = {f.pts: f.duration for f in clip.frames}
        self._copies = Copies(clip, self.source, self.encoding.container, mark)
        self._output: OutputContainer | None = None

    @property
    def dropped(self) -> list[str]:
        """Streams of the film that the container cannot hold, as `kind codec`."""
        return self._copies.dropped

    def __enter__(self) -> FrameWriter:
        """The writer, open."""
        try:
            with _words(self.path):
                self._open()
        except BaseException:
            self._close(failed=True)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Finishes the file; after an error only closes it."""
        try:
            if error is None:
                with _words(self.path):
                    self._mux(self._stream.encode(None))
                    self._copies.up_to(None)
        finally:
            self._close(failed=error is not None)

    def write(self, frame: VideoFrame, patches: Sequence[Patch] = ()) -> None:
        """Writes the next frame.

        Args:
            frame: As `FrameReader.raw` gave it; it is left as it is.
            patches: What to change in it.

        Raises:
            BadMedia: Where encoding fails; holds ffmpeg's words.
            OutOfSpace: Where the disk is full.
        """
        with _words(self.path):
            new = self._prepared(frame, patches)
            pts = (frame.pts or 0) - (self.clip.begin or 0)
            new.pts, new.time_base = pts, self.clip.tick
            self._copies.up_to(pts * self.clip.tick)
            self._mux(self._stream.encode(new))

    @property
    def _range(self) -> int:
        return _range(self.clip) if self.encoding.codec.full else LIMITED

    def _prepared(self, frame: VideoFrame, patches: Sequence[Patch]) -> VideoFrame:
        """The frame in the encoder's format, patches pasted."""
        if (frame.width, frame.height) != self.clip.stored_size:
            raise Unsupported(
                f"a film keeps one size, {self.clip.width}x{self.clip.height}: "
                f"frame {frame.pts} is {frame.width}x{frame.height}; write images instead"
            )
        form = self.encoding.pixel_format
        if frame.format.is_rgb or frame.format.has_palette:
            return self._from_rgb(paste(frame, self.clip, patches))
        if frame.format.name.replace("yuvj", "yuv") != form or self._range != _range(self.clip):
            frame = self._scaler.reformat(frame, format=form, dst_color_range=self._range)
        frame = paste(frame, self.clip, patches)
        return frame if frame.format.name == form else copied(frame, form)

    def _from_rgb(self, frame: VideoFrame) -> VideoFrame:
        form = self.encoding.pixel_format
        if form == self.encoding.codec.rgb == "bgr0":
            return self._scaler.reformat(frame, format=form)
        frame.colorspace = BT709
        return self._scaler.reformat(
            frame,
            format=form,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
        )

    def _open(self) -> None:
        options = self._muxer_options()
        output = av.open(str(self.path), "w", self.encoding.muxer, options=options)
        self._output = output
        self._stream = self._add_video(output)
        self._copies.open(output, self._stream)

    def _muxer_options(self) -> dict[str, str]:
        if self.encoding.container == "mkv":
            # Else sound that begins a little before the picture, as AAC does, moves it all.
            # And else it gives the file and its tracks random numbers: two runs would differ.
            return {"avoid_negative_ts": "disabled", "fflags": "+bitexact"}
        # Sound that begins late does so by an edit list in movie ticks; the usual 1000 a second
        # would put it off by up to half a millisecond.
        ticks = min(max(MOVIE_TICKS, self.clip.time_base[1]), 2**31 - 1)
        return {"movflags": "+faststart", "movie_timescale": str(ticks)}

    def _add_video(self, output: OutputContainer) -> VideoStream:
        encoder = self.encoding.codec.encoder
        try:
            stream = output.add_stream(
                encoder,
                rate=_rate(self.clip),
                options=self.encoding.options,
                time_base=self.clip.tick,
            )
        except ValueError as error:
            raise Unsupported(f"{encoder} is not to be had here: {error}") from error
        assert isinstance(stream, VideoStream)
        context = stream.codec_context
        context.width, context.height = self.clip.stored_size
        context.pix_fmt = self.encoding.pixel_format
        context.sample_aspect_ratio = Fraction(*self.clip.aspect)
        self._tag_colors(stream)
        if self.encoding.codec.tag and self.encoding.container != "mkv":
            context.codec_tag = self.encoding.codec.tag
        if self.clip.matrix:
            stream.set_display_matrix(self.clip.matrix)
        return stream

    def _tag_colors(self, stream: VideoStream) -> None:
        context, clip = stream.codec_context, self.clip
        if _is_rgb(clip.pixel_format):
            if self.encoding.pixel_format != "bgr0":
                context.colorspace = context.color_primaries = context.color_trc = BT709
                context.color_range = LIMITED
            return
        context.color_range = self._range
        context.colorspace = clip.color_space
        context.color_primaries = clip.color_primaries
        context.color_trc = clip.color_transfer

    def _mux(self, packets: list[Packet[VideoStream]]) -> None:
        assert self._output is not None
        for packet in packets:
            # The encoder knows only the mean rate; the last frame's duration would be lost.
            tick = packet.time_base or self.clip.tick
            pts = round((packet.pts or 0) * tick / self.clip.tick) + (self.clip.begin or 0)
            if pts in self._durations:
                packet.duration = round(self._durations[pts] * self.clip.tick / tick)
            self._output.mux(packet)

    def _close(self, failed: bool) -> None:
        output, self._output = self._output, None
        self._copies.close()
        if output is None:
            return
        try:
            with _words(self.path):
                output.close()
        except (BadMedia, OutOfSpace):
            if not failed:
                raise


def _rate(clip: Clip) -> Fraction:
    """Frames a second of the film that is written."""
    frames = clip.frames
    stride = frames[1].ordinal - frames[0].ordinal if len(frames) > 1 else 1
    return Fraction(*clip.rate) / max(stride, 1)


def _range(clip: Clip) -> int:
    """The range of the film's samples, by its tag or the format that says so itself."""
    return FULL if clip.pixel_format.startswith("yuvj") else clip.color_range


def _is_rgb(pixel_format: str) -> bool:
    form = av.VideoFormat(pixel_format)
    return form.is_rgb or form.has_palette


@contextmanager
def _words(path: Path) -> Iterator[None]:
    """The library's errors as errors a user understands."""
    try:
        yield
    except av.error.FFmpegError as error:
        if error.errno == errno.ENOSPC:
            raise OutOfSpace(f"no room left on the disk of {path}: make room, run again") from error
        raise BadMedia(f"{path} cannot be written: {reason(error)}") from error

"""FrameWriter: a film with changed faces, all else as in the film it was made from."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
from av.codec.context import Flags
from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from av.video.stream import VideoStream

from faceswap.errors import BadMedia, OutOfSpace, Unsupported
from faceswap.films.fields import Chain, flagged
from faceswap.films.film import reason
from faceswap.films.frame_index import Clip
from faceswap.films.paste import Patch, copied, paste
from faceswap.films.pixel_formats import is_rgb
from faceswap.films.side_data import dynamic_of
from faceswap.writing.copies import MARK, Copies
from faceswap.writing.encoding import Encoding, container_for, encoding_for
from faceswap.writing.matroska import shape_pixels

__all__ = ["MARK", "FrameWriter", "Patch", "container_for"]

#: H.273: the matrix, primaries and transfer that films made from RGB pictures are tagged with.
BT709, UNSAID, BT2020 = 1, 2, 9
LIMITED, FULL = 1, 2
#: Matrices that RGB is turned into YUV by, as the scaler calls them.
_MATRICES = {BT709: Colorspace.ITU709, BT2020: 9}
#: ffmpeg's numbers of the order of fields: top or bottom both coded and shown first.
_ORDERS = {"tff": 2, "bff": 3}
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
        comment: What it says then.
    """

    def __init__(
        self,
        path: Path,
        clip: Clip,
        source: Path | None,
        encoding: Encoding | None = None,
        mark: bool = True,
        comment: str = MARK,
    ) -> None:
        """Only remembers; raises `Unsupported` where the defaults do not go with the clip."""
        self.path = path
        self.clip = clip
        self.source = source if clip.kind == "video" else None
        self.encoding = encoding or encoding_for(clip)
        self._scaler = VideoReformatter()
        self._durations = {f.pts: f.duration for f in clip.frames}
        self._chain = flagged(self.encoding.fields) if self.encoding.fields else Chain()
        said = comment if mark else ""
        self._copies = Copies(clip, self.source, self.encoding.container, said)
        self._output: OutputContainer | None = None
        self._held: Packet[VideoStream] | None = None
        self._begun = 0
        self._dynamic: tuple[str, ...] = ()

    @property
    def dropped(self) -> list[str]:
        """What of the film codec and container cannot hold: streams by their kind and codec."""
        scenes = [f"{name} of single scenes: it is left out" for name in self._dynamic]
        return [*self.encoding.dropped, *scenes, *self._copies.dropped]

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
                    self._mux_last()
                    self._copies.up_to(None)
        finally:
            self._close(failed=error is not None)
        aspect = Fraction(*self.clip.aspect)
        if error is None and self.encoding.container == "mkv" and aspect != 1:
            shape_pixels(self.path, self.clip.stored_size, aspect)

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
            self._dynamic = self._dynamic or dynamic_of(frame)
            # A frame of its own, so that the one given stays as it is.
            (new,) = self._chain.push(self._prepared(frame, patches))
            # What the film's encoder made of a frame binds the new one's to nothing.
            new.pict_type = PictureType.NONE
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
        if is_rgb(frame.format.name):
            return self._from_rgb(paste(frame, self.clip, patches))
        if frame.format.name.replace("yuvj", "yuv") != form or self._range != _range(self.clip):
            frame = self._scaler.reformat(frame, format=form, dst_color_range=self._range)
        frame = paste(frame, self.clip, patches)
        return frame if frame.format.name == form else copied(frame, form)

    def _from_rgb(self, frame: VideoFrame) -> VideoFrame:
        form = self.encoding.pixel_format
        if is_rgb(form):
            return self._scaler.reformat(frame, format=form)
        matrix, primaries, transfer = self._colours
        new = self._scaler.reformat(
            frame,
            format=form,
            dst_colorspace=_MATRICES[matrix],
            dst_color_range=ColorRange.MPEG,
        )
        # Some encoders ask the frames.
        new.colorspace, new.color_primaries, new.color_trc = matrix, primaries, transfer
        return new

    @property
    def _colours(self) -> tuple[int, int, int]:
        """Matrix, primaries and transfer by H.273: the film's; of RGB, the usual ones."""
        clip = self.clip
        if not is_rgb(clip.pixel_format) or is_rgb(self.encoding.pixel_format):
            return clip.color_space, clip.color_primaries, clip.color_transfer
        said = (clip.color_primaries, clip.color_transfer)
        primaries, transfer = (BT709 if one == UNSAID else one for one in said)
        return BT2020 if primaries == BT2020 else BT709, primaries, transfer

    def _open(self) -> None:
        self._copies.open_source()
        options = self._muxer_options()
        output = av.open(f"file:{self.path}", "w", self.encoding.muxer, options=options)
        self._output = output
        self._stream = self._add_video(output)
        self._copies.open(output, self._stream)

    def _muxer_options(self) -> dict[str, str]:
        if self.encoding.container in ("mkv", "ts"):
            # Else sound that begins a little before the picture, as AAC does, moves it all.
            # And else it gives the file and its tracks random numbers: two runs would differ.
            return {"avoid_negative_ts": "disabled", "fflags": "+bitexact"}
        # Sound that begins late does so by an edit list in movie ticks; the usual 1000 a second
        # would put it off by up to half a millisecond.
        ticks = min(max(MOVIE_TICKS, self.clip.time_base[1]), 2**31 - 1)
        flags = "+faststart" + ("" if self._copies.plain else "+use_metadata_tags")
        return {"movflags": flags, "movie_timescale": str(ticks)}

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
        # The default here, slices of one frame at a time, costs bytes.
        context.thread_type = "AUTO"
        self._tag_colors(stream)
        if self.encoding.codec.tag and self.encoding.container in ("mp4", "mov"):
            context.codec_tag = self.encoding.codec.tag
        if self.clip.matrix:
            stream.set_display_matrix(self.clip.matrix)
        if self.encoding.fields:
            context.flags |= Flags.interlaced_dct | Flags.interlaced_me
            context.field_order = _ORDERS[self.encoding.fields]
        return stream

    def _tag_colors(self, stream: VideoStream) -> None:
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc = self._colours
        context.color_range = LIMITED if is_rgb(self.clip.pixel_format) else self._range
        if is_rgb(self.encoding.pixel_format):
            context.color_range = FULL

    def _mux(self, packets: list[Packet[VideoStream]]) -> None:
        assert self._output is not None
        for packet in packets:
            # The encoder knows only the mean rate; the last frame's duration would be lost.
            tick = packet.time_base or self.clip.tick
            pts = round((packet.pts or 0) * tick / self.clip.tick) + (self.clip.begin or 0)
            if pts in self._durations:
                packet.duration = round(self._durations[pts] * self.clip.tick / tick)
            if self._held is None:
                self._begun = packet.dts or 0
            else:
                self._output.mux(self._held)
            self._held = packet

    def _mux_last(self) -> None:
        """Writes the packet coded last, which ends the film; it need not be the one shown last."""
        packet, frames = self._held, self.clip.frames
        if packet is None or self._output is None:
            return
        if self.encoding.container in ("mp4", "mov"):
            # These count a film's time by when frames are decoded.
            tick = packet.time_base or self.clip.tick
            shown = frames[-1].pts + frames[-1].duration - frames[0].pts
            decoded = (packet.dts or 0) - self._begun
            rest = round(shown * self.clip.tick / tick) - decoded
            packet.duration = max(packet.duration or 0, rest, 1)
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


@contextmanager
def _words(path: Path) -> Iterator[None]:
    """The library's errors as errors a user understands."""
    try:
        yield
    except av.error.FFmpegError as error:
        if error.errno == errno.ENOSPC:
            raise OutOfSpace(f"no room left on the disk of {path}: make room, run again") from error
        raise BadMedia(f"{path} cannot be written: {reason(error)}") from error

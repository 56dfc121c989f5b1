"""All of a film that is not its picture: sound, subtitles, attachments, chapters, metadata."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

from faceswap.errors import BadMedia
from faceswap.films import frame_index
from faceswap.films.demuxers import open_film
from faceswap.films.frame_index import CHAPTERS, TIMECODE, Clip
from faceswap.writing.containers import holds
from faceswap.writing.recoded import Recoded
from faceswap.writing.timecode import later

#: What players and people find in the file, in any of its containers.
MARK = "Synthetic media: faces in this video were replaced with faceswap"

#: Seconds of a tick of the clock that coarse ones are turned into, and from where they are coarse.
FINE, COARSE = Fraction(1, 1_000_000), Fraction(1, 20_000)

_PLAIN = {"title", "artist", "album", "date", "comment", "genre", "copyright", "creation_time"}
_PLAIN |= {"location", "location-eng"}
#: Names of metadata that have a place of their own; with others among them, all are written under
#: names that are free, which fewer players read.
_KNOWN = {
    "mov": _PLAIN | {"make", "model"},
    "mp4": _PLAIN
    | {"album_artist", "composer", "grouping", "lyrics", "description", "synopsis", "show"}
    | {"episode_id", "network", "keywords", "episode_sort", "season_number", "media_type"}
    | {"hd_video", "gapless_playback", "compilation", "track", "disc"},
}

#: Said anew by whatever writes the file.
_FORGET = {"encoder", "major_brand", "minor_version", "compatible_brands", "duration", "vendor_id"}


class Copies:
    """Copies everything but the picture from a film to the film that is being written.

    Where only a part of the film was chosen, packets outside of it are left out and times are
    moved, so that sound stays in step with the picture.

    Args:
        clip: The film's clip.
        source: The film's file; None for images.
        container: The name of the output's container.
        mark: The comment that says the film is synthetic; empty for none.
    """

    def __init__(self, clip: Clip, source: Path | None, container: str, mark: str = MARK) -> None:
        """Only remembers what to copy."""
        self.mark = mark
        self.clip = clip
        self.source = source
        self.container = container
        self.dropped: list[str] = []
        self._input: InputContainer | None = None
        self._streams: dict[int, Stream] = {}
        self._recoded: dict[int, Recoded] = {}
        self._packets: Iterator[Packet[Stream]] = iter(())
        self._held: Packet[Stream] | None = None

    @property
    def shift(self) -> Fraction:
        """Seconds by which everything is moved to an earlier time."""
        return (self.clip.begin or 0) * self.clip.tick

    def open_source(self) -> None:
        """Opens the source, before the output is."""
        if self.source is not None:
            self._input = open_film(self.source)

    @property
    def plain(self) -> bool:
        """Whether the container has places of its own for all of the film's metadata."""
        known = _KNOWN.get(self.container)
        return known is None or self._input is None or {*_lower(self._input.metadata)} <= known

    def open(self, output: OutputContainer, picture: Stream) -> None:
        """Adds the source's streams, chapters and metadata to the open output.

        Args:
            output: What packets will be written to.
            picture: The stream of the new picture, which gets the old one's metadata.
        """
        self._output = output
        found: dict[str, str] = {}
        if self._input is not None:
            found = self._kept(self._input.metadata)
            if self.clip.stream >= len(self._input.streams):
                raise BadMedia(f"{self.source} has changed since it was indexed: run extract again")
            self._as_original(picture, self._input.streams[self.clip.stream])
            self._add_streams(self._input)
            self._add_chapters(self._input)
            self._packets = self._demuxed(self._input)
        output.metadata.update(marked(found, self.mark) if self.mark else found)

    def up_to(self, seconds: Fraction | None) -> None:
        """Writes the packets due before a time of the output; all that are left for None."""
        while True:
            packet = self._held or next(self._packets, None)
            self._held = None
            if packet is None:
                return
            if seconds is not None and _time(packet) > seconds:
                self._held = packet
                return
            self._output.mux(packet)

    def close(self) -> None:
        """Closes the source."""
        if self._input is not None:
            self._input.close()
            self._input = None

    def _add_streams(self, source: InputContainer) -> None:
        known = {s.index: s for s in self.clip.streams}
        for stream in source.streams:
            about = known.get(stream.index)
            if about is None or stream.index == self.clip.stream:
                continue
            if about.codec in (CHAPTERS, TIMECODE) and holds(self.container, about):
                # The container makes these from the chapters and the picture's metadata.
                continue
            if not holds(self.container, about):
                self._replace(stream, about)
                continue
            new = self._output.add_stream_from_template(stream, opaque=True)
            self._as_original(new, stream)
            if about.kind != "attachment":
                self._streams[stream.index] = new

    def _replace(self, stream: Stream, about: frame_index.Stream) -> None:
        """Sound that finds no room is encoded anew; anything else is dropped."""
        if isinstance(stream, AudioStream) and stream.codec_context is not None:
            recoded = Recoded(stream, self._output, self.shift)
            self._as_original(recoded.stream, stream)
            self._recoded[stream.index] = recoded
            self.dropped.append(f"{_named(stream, about)}: it is encoded anew as AAC")
        else:
            self.dropped.append(f"{_named(stream, about)}: it is left out")

    def _as_original(self, new: Stream, original: Stream) -> None:
        found = self._kept(original.metadata)
        if self.container in _KNOWN and "name" in found:
            # What these containers call a track's title when they are read.
            found = {"title": found["name"]} | found
        new.metadata.update(found)
        new.disposition = Disposition(original.disposition)

    def _kept(self, metadata: dict[str, str]) -> dict[str, str]:
        """What holds for the new film too; its timecode begins later where it does."""
        rate = Fraction(*self.clip.rate)
        moved = round(self.shift * rate)
        return {
            name: later(value, moved, rate) if name.lower() == TIMECODE else value
            for name, value in kept(metadata).items()
        }

    def _demuxed(self, source: InputContainer) -> Iterator[Packet[Stream]]:
        """The packets to write, moved to their new times and streams."""
        chosen = [source.streams[i] for i in (*self._streams, *self._recoded)]
        for packet in _readable(source, chosen):
            if packet.dts is None:
                # A cover: it has no time.
                packet.pts = packet.dts = 0
                packet.stream = self._streams[packet.stream_index]
                yield packet
                continue
            if not self._chosen(packet):
                continue
            if packet.stream_index in self._recoded:
                yield from self._recoded[packet.stream_index].encoded(packet)
            else:
                yield self._moved(packet)
        for recoded in self._recoded.values():
            yield from recoded.rest()

    def _chosen(self, packet: Packet[Stream]) -> bool:
        clip = self.clip
        begin, end = (None if t is None else t * clip.tick for t in (clip.begin, clip.end))
        at = (packet.pts if packet.pts is not None else packet.dts or 0) * packet.time_base
        until = at + (packet.duration or 0) * packet.time_base
        return (begin is None or until > begin) and (end is None or at < end)

    def _moved(self, packet: Packet[Stream]) -> Packet[Stream]:
        if self.shift:
            _refine(packet)
        ticks = round(self.shift / packet.time_base)
        if packet.pts is not None:
            packet.pts -= ticks
        if packet.dts is not None:
            packet.dts -= ticks
        if packet.stream.type == "subtitle" and self.clip.begin is not None:
            _from_the_beginning(packet)
        packet.stream = self._streams[packet.stream_index]
        return packet

    def _add_chapters(self, source: InputContainer) -> None:
        chapters = list(self._chapters(source))
        if chapters and self.container == "ts":
            self.dropped.append("chapters: they are left out")
        self._output.set_chapters(chapters)

    def _chapters(self, source: InputContainer) -> Iterator[av.container.core.Chapter]:
        for chapter in source.chapters():
            tick = chapter["time_base"] or Fraction(1, 1000)
            move = round(self.shift / tick)
            chapter["start"] = max(chapter["start"] - move, 0)
            chapter["end"] -= move
            if self.clip.end is not None:
                last = round((self.clip.end * self.clip.tick - self.shift) / tick)
                chapter["end"] = min(chapter["end"], last)
            if chapter["end"] > chapter["start"]:
                yield chapter


def _readable(source: InputContainer, streams: list[Stream]) -> Iterator[Packet[Stream]]:
    """Packets of some streams; where the file breaks off, those before, as of the picture."""
    packets = source.demux(*streams) if streams else iter(())
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            return
        if packet is None:
            return
        cover = packet.stream.disposition & Disposition.attached_pic
        if packet.dts is not None or (cover and packet.size):
            yield packet


def _from_the_beginning(packet: Packet[Stream]) -> None:
    """Shows text that was to be read before from the beginning on, for the rest of its time."""
    if packet.pts is not None and packet.pts < 0:
        packet.duration = max((packet.duration or 0) + packet.pts, 1)
        packet.pts = packet.dts = 0


def _refine(packet: Packet[Stream]) -> None:
    """Gives a packet whose clock ticks in blocks of sound a finer one, to be moved by less."""
    coarse = packet.time_base
    if coarse <= COARSE:
        return
    duration = round((packet.duration or 0) * coarse / FINE)
    packet.pts, packet.dts = (
        None if t is None else round(t * coarse / FINE) for t in (packet.pts, packet.dts)
    )
    packet.time_base, packet.duration = FINE, duration


def kept(metadata: dict[str, str]) -> dict[str, str]:
    """What of a file's metadata holds for a file made from it too."""
    return {k: v for k, v in metadata.items() if k.lower() not in _FORGET}


def marked(metadata: dict[str, str], mark: str = MARK) -> dict[str, str]:
    """The metadata with a comment that says the film is synthetic, behind any there was."""
    comments = [v for k, v in metadata.items() if k.lower() == "comment" and v]
    rest = {k: v for k, v in metadata.items() if k.lower() != "comment"}
    if mark in "\n".join(comments):
        return rest | {"comment": "\n".join(comments)}
    return rest | {"comment": "\n".join([*comments, mark])}


def _lower(metadata: dict[str, str]) -> Iterator[str]:
    return (name.lower() for name in kept(metadata))


def _named(stream: Stream, about: frame_index.Stream) -> str:
    """A stream in words: its number, kind and codec, and what it calls itself."""
    said = {name.lower(): value for name, value in stream.metadata.items()}
    words = [about.kind, about.codec or "unknown", said.get("handler_name", ""), about.language]
    return f"stream {about.index} ({', '.join(word for word in words if word)})"


def _time(packet: Packet[Stream]) -> Fraction:
    return (packet.dts or 0) * packet.time_base

"""Recoded: sound encoded anew, for containers that cannot hold it as it is."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

#: Bits a second and channel at which AAC is hardly told from the original.
BITS = 96_000
#: The highest rate that every player of AAC takes.
MOST_RATE = 48_000
#: What so many channels are, where a file only counts them.
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


class Recoded:
    """One sound stream of the output, as AAC.

    Args:
        original: The stream it is made from.
        output: The container it goes to.
        shift: Seconds by which it is moved to an earlier time.
    """

    def __init__(self, original: AudioStream, output: OutputContainer, shift: Fraction) -> None:
        """Adds the stream to the output."""
        self.shift = shift
        context = original.codec_context
        self.layout = LAYOUTS.get(context.layout.nb_channels, "stereo")
        rate = min(context.sample_rate, MOST_RATE)
        self.stream = output.add_stream("aac", rate=rate, layout=self.layout)
        self.stream.bit_rate = BITS * self.stream.codec_context.layout.nb_channels

    def encoded(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]:
        """The new packets for one of the original's."""
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            return
        for frame in frames:
            if isinstance(frame, AudioFrame):
                yield from self.stream.encode(self._prepared(frame))

    def _prepared(self, frame: AudioFrame) -> AudioFrame:
        """The frame at its new time, its channels named where the file does not name them."""
        if frame.layout.name != self.layout and frame.layout.nb_channels in LAYOUTS:
            named = AudioFrame.from_ndarray(frame.to_ndarray(), frame.format.name, self.layout)
            named.sample_rate, named.time_base = frame.sample_rate, frame.time_base
            named.pts = frame.pts
            frame = named
        if frame.pts is not None and frame.time_base:
            # AVI counts in blocks of sound, 46 ms long: samples are what to move it by.
            tick = Fraction(1, frame.sample_rate)
            frame.pts = round((frame.pts * frame.time_base - self.shift) / tick)
            frame.time_base = tick
        return frame

    def rest(self) -> Iterator[Packet[Stream]]:
        """What the encoder still holds."""
        yield from self.stream.encode(None)

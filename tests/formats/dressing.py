"""Films with all that may come beside the picture: written by ffmpeg and PyAV."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from .recipes import ffmpeg

_TEXT = "1\n00:00:00,050 --> 00:00:00,150\nHello\n\n2\n00:00:00,200 --> 00:00:00,350\nWorld\n"
_ABOUT = """;FFMETADATA1
title=A film
artist=Somebody
location=+52.5000-013.4000/
seen by=nobody
creation_time=2020-01-02T03:04:05.000000Z
[CHAPTER]
TIMEBASE=1/1000
START=0
END=200
title=One
[CHAPTER]
TIMEBASE=1/1000
START=200
END=400
title=Two
"""
_TRACKS = (
    "-metadata:s:v:0 title=Bild -metadata:s:a:0 language=deu -metadata:s:a:1 language=fra "
    "-metadata:s:a:1 title=Kommentar -disposition:a:1 comment -disposition:s:0 forced"
)
_H264 = "-c:v libx264 -preset veryfast -crf 12"


def _dressed(clip: Path, film: Path, more: str) -> Path:
    text, about = film.with_name("text.srt"), film.with_name("about.txt")
    text.write_text(_TEXT)
    about.write_text(_ABOUT)
    words = f"-map 0:v -map 0:a -map 0:a -map 1 -map_metadata 2 -map_chapters 2 {_TRACKS} {more}"
    ffmpeg("-i", clip, "-i", text, "-i", about, *words.split(), film)
    about.unlink()
    text.unlink()
    return film


def mp4(clip: Path, folder: Path) -> Path:
    """Two sounds, subtitles, chapters, metadata of known and of free names, and a cover."""
    sound = "-c:a:0 aac -c:a:1 ac3 -c:s mov_text -movflags use_metadata_tags"
    film = _dressed(clip, folder / "first.mp4", f"{_H264} {sound}")
    cover = folder / "cover.png"
    ffmpeg("-i", clip, "-frames:v", "1", cover)
    words = "-map 0 -map -0:d -map 1 -c copy -c:v:1 mjpeg -disposition:v:1 attached_pic"
    flags = "-movflags use_metadata_tags"
    ffmpeg("-i", film, "-i", cover, *words.split(), *flags.split(), folder / "a.mp4")
    film.unlink()
    cover.unlink()
    return folder / "a.mp4"


def mkv(clip: Path, folder: Path) -> Path:
    """Two sounds, subtitles with styles, a font, chapters and metadata."""
    font = folder / "font.ttf"
    font.write_bytes(b"a font")
    attached = f"-attach {font} -metadata:s:t mimetype=font/ttf"
    film = _dressed(
        clip, folder / "a.mkv", f"{_H264} -c:a:0 libopus -c:a:1 flac -c:s ass {attached}"
    )
    font.unlink()
    return film


def with_data(clip: Path, folder: Path) -> Path:
    """A transport stream with what a drone says of its flight (KLV), and sound."""
    plain, film = folder / "plain.ts", folder / "a.ts"
    ffmpeg("-i", clip, *f"{_H264} -bf 2 -c:a aac".split(), plain)
    with av.open(str(plain)) as given, av.open(str(film), "w") as made:
        copies = {s.index: made.add_stream_from_template(s, opaque=True) for s in given.streams}
        data = made.add_data_stream("klv")
        for packet in given.demux():
            if packet.dts is None:
                continue
            if packet.stream.type == "video":
                said = av.Packet(b"\x06\x0e\x2b\x34" + str(packet.pts).encode())
                said.pts = said.dts = packet.dts
                said.duration, said.time_base, said.stream = 3600, Fraction(1, 90000), data
                made.mux(said)
            packet.stream = copies[packet.stream_index]
            made.mux(packet)
    plain.unlink()
    return film


def shuffled(clip: Path, folder: Path) -> Path:
    """Pictures that each stand for themselves, with every two times exchanged."""
    plain, film = folder / "plain.mkv", folder / "a.mkv"
    ffmpeg("-i", clip, *["-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p", "-an"], plain)
    with av.open(str(plain)) as given, av.open(str(film), "w") as made:
        copy = made.add_stream_from_template(given.streams.video[0], opaque=True)
        for number, packet in enumerate(given.demux(given.streams.video[0])):
            if packet.dts is not None:
                packet.pts, packet.dts = 40 * (number ^ 1), 40 * number - 80
                packet.time_base, packet.stream = Fraction(1, 1000), copy
                made.mux(packet)
    plain.unlink()
    return film


def cut_off(clip: Path, folder: Path) -> Path:
    """A film of which the last third is missing."""
    film = folder / "a.mkv"
    ffmpeg("-i", clip, *["-c:v", "ffv1", "-level", "3", "-g", "1", "-c:a", "pcm_s16le"], film)
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 2 // 3])
    return film

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from faceswap.films.media import index_media
from faceswap.films.video import FrameReader
from faceswap.writing.encoding import container_for
from faceswap.writing.writer import FrameWriter
from films import make_film

RATE = 44100


def _with_sound(film: Path, path: Path, codec: str, layout: str) -> None:
    """The film with three seconds of sound: silence, and a tone from 1.5 seconds on."""
    wave = np.sin(np.arange(3 * RATE) / 12) * (np.arange(3 * RATE) > 1.5 * RATE) * 20000
    with av.open(str(film)) as given, av.open(str(path), "w") as made:
        video = made.add_stream_from_template(given.streams.video[0])
        sound = made.add_stream(codec, rate=RATE, layout=layout)
        chunk = av.AudioFrame.from_ndarray(wave.astype(np.int16)[None], "s16", "mono")
        chunk.sample_rate, chunk.pts, chunk.time_base = RATE, 0, Fraction(1, RATE)
        made.mux([*sound.encode(chunk), *sound.encode(None)])
        for packet in given.demux(given.streams.video[0]):
            if packet.dts is not None:
                packet.stream = video
                made.mux(packet)


def _heard(path: Path) -> tuple[str, float]:
    """Codec, and the time at which the first tone is heard."""
    with av.open(str(path)) as film:
        stream = film.streams.audio[0]
        for frame in film.decode(stream):
            loud = np.abs(frame.to_ndarray()[0]) > 0.2
            if loud.any():
                name = stream.codec_context.codec.canonical_name
                return name, float(frame.time + np.argmax(loud) / RATE)
    raise AssertionError("nothing is heard")


@pytest.mark.parametrize("start", [0.0, 1.0])
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_sound_without_room_becomes_aac_in_step(tmp_path: Path, start: float, layout: str) -> None:
    side = tmp_path / "side"
    (side / "media").mkdir(parents=True)
    film = make_film(tmp_path / "a.avi", frames=75, codec="mpeg4")
    _with_sound(film, side / "media" / "b.avi", "adpcm_ms", layout)
    index = index_media(side / "media", start=start or None)
    clip = index.clips[0]
    assert container_for(clip) == "mp4"
    path = tmp_path / "out"
    with FrameReader(index, side) as reader, FrameWriter(path, clip, side / clip.path) as writer:
        for _, frame in reader.raw():
            writer.write(frame)
    assert writer.dropped == ["stream 1 (audio, adpcm_ms): it is encoded anew as AAC"]
    codec, begins = _heard(path)
    assert codec == "aac"
    assert begins == pytest.approx(1.5 - start, abs=0.01)

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from faceswap.writing.copies import MARK, marked
from films import make_film
from rewriting import packets, rewrite, times


def test_sound_is_copied_packet_by_packet(side: Path) -> None:
    make_film(side / "media" / "a.mp4", frames=50, sound=2)
    _, _, new = rewrite(side)
    assert packets(side / "media" / "a.mp4") == packets(new / "media" / "output.mp4")


def test_a_part_takes_its_sound_along(side: Path) -> None:
    make_film(side / "media" / "a.mp4", frames=100, sound=4)
    _, new, folder = rewrite(side, select={"start": 1.0, "end": 3.0})
    assert len(new) == 50 and times(new)[0] == 0
    given = packets(side / "media" / "a.mp4")
    made = packets(folder / "media" / "output.mp4")
    kept = [(t - 1, data) for t, data in given if 1 - Fraction(1024, 44100) < t < 3]
    assert [data for _, data in made] == [data for _, data in kept]
    assert max(abs(a - b) for (a, _), (b, _) in zip(made, kept, strict=True)) < Fraction(1, 44100)


def test_everything_else_comes_along(side: Path) -> None:
    film = make_film(side / "a.mp4", frames=50, sound=2)
    _dress(film, side / "media" / "b.mkv")
    old, _, new = rewrite(side)
    path = new / "media" / "output.mkv"
    assert [s.codec for s in old.clips[0].streams][:4] == ["h264", "aac", "aac", "subrip"]
    with av.open(str(side / "media" / "b.mkv")) as given, av.open(str(path)) as made:
        assert [s.type for s in made.streams] == [s.type for s in given.streams]
        assert [s.language for s in made.streams][1:4] == ["deu", "fra", "eng"]
        assert [c["metadata"] for c in made.chapters()] == [{"title": "One"}, {"title": "Two"}]
        assert [(c["start"], c["end"]) for c in made.chapters()] == [
            (c["start"], c["end"]) for c in given.chapters()
        ]
        assert made.metadata["title"] == "A film"
        comment = next(v for k, v in made.metadata.items() if k.lower() == "comment")
        assert comment.startswith("shot at home") and MARK in comment
        assert made.streams[-1].data == b"a font"
    assert packets(path, "subtitle") == packets(side / "media" / "b.mkv", "subtitle")


def _dress(film: Path, path: Path) -> None:
    """The film with a second sound track, subtitles, a font, chapters and metadata."""
    with av.open(str(film)) as given, av.open(str(path), "w") as made:
        made.metadata.update({"title": "A film", "comment": "shot at home"})
        picture = made.add_stream_from_template(given.streams.video[0])
        sounds = [made.add_stream_from_template(given.streams.audio[0]) for _ in range(2)]
        text = made.add_mux_stream("subrip")
        made.add_attachment("a.ttf", "font/ttf", b"a font")
        for stream, language in zip([*sounds, text], ("deu", "fra", "eng"), strict=True):
            stream.metadata["language"] = language
        tick = Fraction(1, 1000)
        made.set_chapters(
            [
                {
                    "id": n,
                    "start": at,
                    "end": at + 1000,
                    "time_base": tick,
                    "metadata": {"title": t},
                }
                for n, at, t in ((1, 0, "One"), (2, 1000, "Two"))
            ]
        )
        for packet in given.demux():
            if packet.dts is None:
                continue
            for copy in [picture] if packet.stream.type == "video" else sounds:
                twin = av.Packet(bytes(packet))
                twin.pts, twin.dts, twin.duration = packet.pts, packet.dts, packet.duration
                twin.time_base, twin.is_keyframe = packet.time_base, packet.is_keyframe
                twin.stream = copy
                made.mux(twin)
        for at in (100, 900):
            line = av.Packet(b"Hello")
            line.pts = line.dts = at
            line.duration, line.time_base, line.stream = 500, tick, text
            made.mux(line)


def test_the_mark_is_set_once() -> None:
    once = marked({"COMMENT": "mine", "title": "t"})
    assert once == {"title": "t", "comment": f"mine\n{MARK}"}
    assert marked(once) == once

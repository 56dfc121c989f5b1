from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap.copies import MARK, marked
from faceswap.encoding import container_for, encoding_for
from faceswap.errors import BadMedia, Unsupported
from faceswap.frame_index import Clip, Stream
from faceswap.image_writer import ImageWriter
from faceswap.images import read_image, write_image
from faceswap.media import FrameIndex, index_media
from faceswap.paste import Patch, samples
from faceswap.video import FrameReader
from faceswap.writer import FrameWriter
from films import MIRRORED, TURNED, make_film, picture


@pytest.fixture
def side(tmp_path: Path) -> Path:
    (tmp_path / "side" / "media").mkdir(parents=True)
    return tmp_path / "side"


def _rewrite(
    side: Path,
    patches: list[Patch] | None = None,
    select: dict[str, Any] | None = None,
    **how: Any,
) -> tuple[FrameIndex, FrameIndex, Path]:
    """Writes the side's film anew; the indices of both, and the new film's side."""
    index = index_media(side / "media", **(select or {}))
    clip = index.clips[0]
    new = side.parent / "new"
    (new / "media").mkdir(parents=True)
    partial = new / "output.partial"
    with (
        FrameReader(index, side) as reader,
        FrameWriter(partial, clip, side / clip.path, **how) as writer,
    ):
        for _, frame in reader.raw():
            writer.write(frame, patches or ())
    partial.rename(new / "media" / f"output.{writer.encoding.container}")
    return index, index_media(new / "media"), new


def _times(index: FrameIndex) -> list[Fraction]:
    return [f.pts * index.clips[0].tick for f in index.clips[0].frames]


def _packets(path: Path, kind: str = "audio") -> list[tuple[Fraction, bytes]]:
    with av.open(str(path)) as film:
        stream = next(s for s in film.streams if s.type == kind)
        packets = [p for p in film.demux(stream) if p.dts is not None]
        return [(p.pts * p.time_base, bytes(p)) for p in packets]


def _patch(left: int = 21, top: int = 13, width: int = 31, height: int = 25) -> Patch:
    y, x = np.mgrid[:height, :width]
    oval = (x - width / 2) ** 2 / width**2 + (y - height / 2) ** 2 / height**2 < 0.2
    rgb = picture(7, width, height, shot=3)
    return Patch(left, top, rgb, oval.astype(np.uint8) * 200)


KINDS: dict[str, dict[str, Any]] = {
    "yuv420p": {},
    "yuvj420p": {"pixel_format": "yuvj420p", "colors": {"color_range": 2}},
    "yuv422p": {"pixel_format": "yuv422p"},
    "yuv444p": {"pixel_format": "yuv444p", "colors": {"colorspace": 1}},
    "yuv420p10le": {"pixel_format": "yuv420p10le", "colors": {"colorspace": 9}},
    "turned 90": {"matrix": TURNED[90]},
    "turned 180": {"matrix": TURNED[180]},
    "turned 270": {"matrix": TURNED[270]},
    "mirrored": {"matrix": MIRRORED},
    "odd": {"pixel_format": "yuv420p", "codec": "ffv1", "size": (95, 63)},
}


@pytest.mark.parametrize("kind", KINDS)
def test_only_samples_under_the_mask_change(side: Path, kind: str) -> None:
    name = "a.mkv" if "odd" in kind else "a.mp4"
    make_film(side / "media" / name, frames=4, **KINDS[kind])
    patch = _patch()
    index, again, new = _rewrite(side, [patch], codec="ffv1")
    clip, other = index.clips[0], again.clips[0]
    assert (other.rotation, other.flip) == (clip.rotation, clip.flip)
    with FrameReader(index, side) as old, FrameReader(again, new) as made:
        pairs = list(zip(old.raw(), made.raw(), strict=True))
        shown = list(zip(old.frames(), made.frames(), strict=True))
    for (_, a), (_, b) in pairs:
        under = _under(patch, clip)
        for number, (x, y) in enumerate(zip(samples(a), samples(b), strict=True)):
            across = -(-under.shape[1] // x.shape[1])
            down = -(-under.shape[0] // x.shape[0])
            outside = ~_any(under, across, down)
            assert np.array_equal(x[outside], y[outside])
            assert number or not np.array_equal(x, y)
    for (_, before), (_, after) in shown:
        inside = np.zeros(before.shape[:2], bool)
        inside[13:38, 21:52] = patch.mask > 0
        core = inside & ~_grown(~inside)
        want = before.copy()
        want[13:38, 21:52] = patch.rgb
        assert np.abs(after[core].astype(int) - want[core]).mean() < 5
        assert np.abs(after[core].astype(int) - before[core]).mean() > 20


def _under(patch: Patch, clip: Clip) -> NDArray[np.bool_]:
    """The mask over the whole frame, as it is stored."""
    shown = np.zeros((clip.height, clip.width), bool)
    height, width = patch.mask.shape
    shown[patch.top : patch.top + height, patch.left : patch.left + width] = patch.mask > 0
    stored = np.rot90(shown, clip.rotation // 90)
    return stored[:, ::-1] if clip.flip else stored


def _any(mask: NDArray[np.bool_], across: int, down: int) -> NDArray[np.bool_]:
    padded = np.pad(mask, ((0, -mask.shape[0] % down), (0, -mask.shape[1] % across)))
    blocks = padded.reshape(padded.shape[0] // down, down, padded.shape[1] // across, across)
    return np.asarray(blocks.any((1, 3)))


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    grown = mask.copy()
    for axis in (0, 1):
        for step in (-2, -1, 1, 2):
            grown |= np.roll(mask, step, axis)
    return grown


def test_the_frame_given_stays_as_it_is(side: Path) -> None:
    make_film(side / "media" / "a.mp4", frames=1)
    index = index_media(side / "media")
    with FrameReader(index, side) as reader:
        (_, frame) = next(reader.raw())
    before = frame.to_ndarray().copy()
    path = side / "out"
    with FrameWriter(path, index.clips[0], None, codec="ffv1") as writer:
        writer.write(frame, [_patch()])
    assert np.array_equal(frame.to_ndarray(), before)


@pytest.mark.parametrize(("left", "top"), [(-20, -10), (80, 50), (-5, 60), (500, 500), (-99, 0)])
def test_patches_may_hang_over_the_edge(side: Path, left: int, top: int) -> None:
    make_film(side / "media" / "a.mp4", frames=1, matrix=TURNED[90])
    index, again, new = _rewrite(side, [_patch(left, top)], codec="ffv1")
    with FrameReader(index, side) as old, FrameReader(again, new) as made:
        ((_, a),), ((_, b),) = old.frames(), made.frames()
    changed = (a != b).any(-1)
    inside = np.zeros((96 + 2000, 64 + 2000), bool)
    inside[1000 + top : 1025 + top, 1000 + left : 1031 + left] = True
    near = _grown(inside[1000:1096, 1000:1064])
    assert not changed[~near].any()


def test_times_of_an_uneven_late_film_stay(side: Path) -> None:
    pts = [40, 43, 50, 51, 90, 130, 131, 140, 155]
    make_film(
        side / "media" / "a.mp4",
        pts=pts,
        time_base=Fraction(1, 600),
        options={"bf": "2"},
        container_options={"movie_timescale": "600"},
    )
    old, new, _ = _rewrite(side)
    assert _times(new) == _times(old) == [Fraction(p, 600) for p in pts]
    assert new.clips[0].seconds == old.clips[0].seconds


@pytest.mark.parametrize(
    ("codec", "options"),
    [("h264", {}), ("hevc", {}), ("av1", {}), ("prores", {}), ("ffv1", {}), ("h264", {"crf": 1})],
)
def test_every_codec_keeps_times_and_picture(side: Path, codec: str, options: Any) -> None:
    make_film(side / "media" / "a.mp4", frames=12, sound=1, size=(128, 96))
    quality = {"quality": 1} if options else {}
    old, new, folder = _rewrite(side, codec=codec, **quality)
    assert len(new) == len(old)
    assert max(abs(a - b) for a, b in zip(_times(old), _times(new), strict=True)) <= (
        Fraction(1, 2000) if codec == "ffv1" else 0
    )
    with FrameReader(old, side) as a, FrameReader(new, folder) as b:
        for (_, x), (_, y) in zip(a.frames(), b.frames(), strict=True):
            assert np.square(x.astype(float) - y).mean() < 65025 / 10**3.6


def test_sound_is_copied_packet_by_packet(side: Path) -> None:
    make_film(side / "media" / "a.mp4", frames=50, sound=2)
    _, _, new = _rewrite(side)
    assert _packets(side / "media" / "a.mp4") == _packets(new / "media" / "output.mp4")


def test_a_part_takes_its_sound_along(side: Path) -> None:
    make_film(side / "media" / "a.mp4", frames=100, sound=4)
    _, new, folder = _rewrite(side, select={"start": 1.0, "end": 3.0})
    assert len(new) == 50 and _times(new)[0] == 0
    given = _packets(side / "media" / "a.mp4")
    made = _packets(folder / "media" / "output.mp4")
    kept = [(t - 1, data) for t, data in given if 1 - Fraction(1024, 44100) < t < 3]
    assert [data for _, data in made] == [data for _, data in kept]
    assert max(abs(a - b) for (a, _), (b, _) in zip(made, kept, strict=True)) < Fraction(1, 44100)


def test_everything_else_comes_along(side: Path) -> None:
    film = make_film(side / "a.mp4", frames=50, sound=2)
    _dress(film, side / "media" / "b.mkv")
    old, _, new = _rewrite(side)
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
    assert _packets(path, "subtitle") == _packets(side / "media" / "b.mkv", "subtitle")


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


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_turned_films_stay_turned(side: Path, degrees: int) -> None:
    make_film(side / "media" / "a.mp4", frames=3, matrix=TURNED[degrees])
    old, new, _ = _rewrite(side)
    assert new.clips[0].matrix == old.clips[0].matrix == TURNED[degrees]


def test_colours_and_pixel_shape_stay_tagged(side: Path) -> None:
    colors = {"color_range": 1, "colorspace": 9, "color_primaries": 9, "color_trc": 16}
    make_film(side / "media" / "a.mp4", frames=3, pixel_format="yuv420p10le", colors=colors)
    _, new, _ = _rewrite(side)
    clip = new.clips[0]
    assert clip.pixel_format == "yuv420p10le"
    assert (clip.color_range, clip.color_space) == (1, 9)
    assert (clip.color_primaries, clip.color_transfer) == (9, 16)


def test_gif_and_images_become_films(side: Path) -> None:
    for n in range(5):
        write_image(side / "media" / f"{n}.png", picture(n))
    old, new, folder = _rewrite(side)
    assert new.clips[0].path.endswith(".mp4") and new.clips[0].pixel_format == "yuv420p"
    assert _times(new) == _times(old) == [Fraction(n, 25) for n in range(5)]
    with FrameReader(new, folder) as reader:
        for number, image in reader.frames():
            assert np.abs(image.astype(int) - picture(number)).mean() < 6


def test_images_of_several_sizes_are_no_film(side: Path) -> None:
    write_image(side / "media" / "1.png", picture(1))
    write_image(side / "media" / "2.png", picture(2, 32, 32))
    with pytest.raises(Unsupported, match="write images instead"):
        _rewrite(side)


def test_images_are_written_under_their_names(side: Path) -> None:
    write_image(side / "media" / "me.png", picture(1))
    write_image(side / "media" / "you.jpg", picture(2, 40, 80))
    index = index_media(side / "media")
    patch = _patch(2, 3)
    folder = side.parent / "out"
    with (
        FrameReader(index, side) as reader,
        ImageWriter(folder, index.clips[0]) as writer,
    ):
        for _, frame in reader.raw():
            writer.write(frame, [patch])
    made = read_image(folder / "me.png")
    where = np.zeros(made.shape[:2], bool)
    where[3:28, 2:33] = patch.mask > 0
    assert np.array_equal(made[~where], picture(1)[~where])
    assert np.array_equal(made[where], patch.rgb[patch.mask > 0])
    assert read_image(folder / "you.png").shape == (80, 40, 3)
    assert MARK.encode() in (folder / "me.png").read_bytes()


def test_frames_of_a_film_are_written_as_jpeg(side: Path) -> None:
    make_film(side / "media" / "a.mp4", frames=3)
    index = index_media(side / "media")
    folder = side.parent / "out"
    with (
        FrameReader(index, side) as reader,
        ImageWriter(folder, index.clips[0], first=7, kind="jpg") as writer,
    ):
        for _, frame in reader.raw():
            writer.write(frame)
    assert sorted(p.name for p in folder.iterdir()) == ["000007.jpg", "000008.jpg", "000009.jpg"]
    assert np.abs(read_image(folder / "000008.jpg").astype(int) - picture(1)).mean() < 8
    assert MARK.encode() in (folder / "000008.jpg").read_bytes()


def test_the_mark_is_set_once() -> None:
    once = marked({"COMMENT": "mine", "title": "t"})
    assert once == {"title": "t", "comment": f"mine\n{MARK}"}
    assert marked(once) == once


def _clip(pixel_format: str = "yuv420p", width: int = 96, *streams: Stream) -> Clip:
    video = Stream(0, "video", "h264", "")
    return Clip(
        "media/a.mp4",
        "video",
        width,
        64,
        (1, 25),
        (25, 1),
        [],
        pixel_format=pixel_format,
        streams=(video, *streams),
    )


def test_the_container_is_the_one_with_room() -> None:
    aac, vorbis = Stream(1, "audio", "aac", ""), Stream(1, "audio", "vorbis", "")
    text, data = Stream(2, "subtitle", "ass", ""), Stream(3, "data", "", "")
    assert container_for(_clip("yuv420p", 96, aac, data)) == "mp4"
    assert container_for(_clip("yuv420p", 96, aac, text)) == "mkv"
    assert container_for(_clip("yuv420p", 96, vorbis)) == "mkv"
    assert container_for(_clip("yuv420p", 96, aac), "prores") == "mov"
    assert container_for(_clip("yuv420p", 96, aac), "ffv1") == "mkv"
    with pytest.raises(Unsupported, match="subtitle, ass"):
        container_for(_clip("yuv420p", 96, aac, text), "h264", "mp4")
    with pytest.raises(Unsupported, match="cannot hold prores"):
        container_for(_clip(), "prores", "mp4")


@pytest.mark.parametrize(
    ("given", "codec", "want"),
    [
        ("yuvj420p", "h264", "yuv420p"),
        ("nv12", "h264", "yuv420p"),
        ("p010le", "h264", "yuv420p10le"),
        ("yuyv422", "h264", "yuv422p"),
        ("yuv444p12le", "h264", "yuv444p10le"),
        ("yuv444p", "av1", "yuv420p"),
        ("yuv420p", "prores", "yuv422p10le"),
        ("gray", "h264", "yuv420p"),
        ("rgb24", "h264", "yuv420p"),
        ("bgra", "ffv1", "bgr0"),
        ("yuva420p", "h264", "yuv420p"),
    ],
)
def test_the_pixel_format_is_the_nearest(given: str, codec: str, want: str) -> None:
    assert encoding_for(_clip(given), codec).pixel_format == want


def test_odd_sides_take_full_chroma() -> None:
    assert encoding_for(_clip("yuv420p", 95)).pixel_format == "yuv444p"
    with pytest.raises(Unsupported, match="even sides"):
        encoding_for(_clip("yuv420p", 95), pixel_format="yuv420p")
    with pytest.raises(Unsupported, match="has no"):
        encoding_for(_clip("yuv420p", 95), "av1")


def test_odd_films_keep_their_size(side: Path) -> None:
    make_film(side / "media" / "a.mkv", frames=3, codec="ffv1", size=(95, 63))
    _, new, _ = _rewrite(side, [_patch()])
    assert (new.clips[0].width, new.clips[0].height) == (95, 63)


@pytest.mark.parametrize("kind", ["nv12", "gray", "yuv411p", "yuva420p", "bgr0", "gray10le"])
def test_rare_formats_can_be_patched(side: Path, kind: str) -> None:
    codec = "rawvideo" if kind == "nv12" else "ffv1"
    name = "a.nut" if kind == "nv12" else "a.mkv"
    make_film(side / "media" / name, frames=2, codec=codec, pixel_format=kind)
    old, new, folder = _rewrite(side, [_patch()])
    with FrameReader(old, side) as a, FrameReader(new, folder) as b:
        for (_, x), (_, y) in zip(a.frames(), b.frames(), strict=True):
            assert np.abs(x[42:].astype(int) - y[42:]).mean() < 6
            assert np.abs(x[20:30, 30:40].astype(int) - y[20:30, 30:40]).mean() > 10


def test_says_what_cannot_be_written(side: Path) -> None:
    make_film(side / "media" / "a.mp4", frames=2)
    with pytest.raises(Unsupported, match="no codec `vhs`"):
        _rewrite(side, codec="vhs")


def test_says_where_it_cannot_write(side: Path) -> None:
    make_film(side / "media" / "a.mp4", frames=2)
    clip = index_media(side / "media").clips[0]
    path = side / "nowhere" / "a.mp4"
    frame = av.VideoFrame(96, 64, "yuv420p")
    with (
        pytest.raises(BadMedia, match="cannot be written"),
        FrameWriter(path, clip, None) as writer,
    ):
        for frame.pts in range(100):
            writer.write(frame)

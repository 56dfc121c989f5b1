from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap.errors import BadMedia
from faceswap.films import clip_reader
from faceswap.films.images import write_image
from faceswap.films.media import FrameIndex, index_media
from faceswap.films.video import FrameReader, image_name
from films import MIRRORED, TURNED, make_film, picture


@pytest.fixture
def side(tmp_path: Path) -> Path:
    (tmp_path / "media").mkdir()
    return tmp_path


def _film(side: Path, name: str = "a.mp4", **how: Any) -> FrameIndex:
    make_film(side / "media" / name, **how)
    return index_media(side / "media")


def _number(image: NDArray[np.uint8]) -> int:
    return sum(1 << bit for bit in range(10) if image[3:5, 3 + 5 * bit : 5 + 5 * bit].mean() > 128)


def _plain(path: Path) -> list[tuple[int | None, bytes]]:
    """Frames as a plain loop decodes them from the beginning."""
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        stream.thread_count = 1
        found = []
        for packet in film.demux(stream):
            try:
                found += [(f.pts, f.to_ndarray().tobytes()) for f in packet.decode()]
            except av.error.InvalidDataError:
                continue
        return found


FILMS: dict[str, dict[str, Any]] = {
    "b_frames.mp4": {"options": {"bf": "3", "g": "12"}},
    "open_gop.mkv": {"options": {"x264-params": "open-gop=1:keyint=12:bframes=3:min-keyint=2"}},
    "one_key.mp4": {"options": {"g": "999"}},
    "uneven.mp4": {
        "pts": [0, 1, 5, 6, 20, 21, 22, 50, *range(60, 120, 3), 200, 201],
        "time_base": Fraction(1, 90),
        "options": {"g": "8"},
    },
    "late.mkv": {"pts": list(range(50, 90)), "options": {"g": "9"}},
    "mpeg1.mpg": {"codec": "mpeg1video", "options": {"g": "8", "bf": "2"}},
    "mpeg2.ts": {"codec": "mpeg2video", "options": {"g": "8", "bf": "2"}},
    "h264.ts": {"options": {"g": "10", "bf": "2"}},
    "part4.avi": {"codec": "mpeg4", "options": {"g": "8"}},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"g": "10", "deadline": "realtime"}},
    "gif.gif": {"codec": "gif", "pixel_format": "rgb8", "time_base": Fraction(1, 100)},
    "hevc.mp4": {
        "codec": "libx265",
        "options": {"x265-params": "keyint=10:open-gop=1:log-level=none"},
    },
    "turned.mov": {"matrix": TURNED[90], "options": {"g": "10"}},
    "refresh.mkv": {"options": {"x264-params": "intra-refresh=1:keyint=12"}},
}


@pytest.mark.parametrize("name", FILMS)
def test_any_order_gives_what_decoding_gives(side: Path, name: str) -> None:
    how = {"frames": 40, **FILMS[name]}
    index = _film(side, name, **how)
    plain = _plain(side / "media" / name)
    assert len(index) == len(plain) == len(how.get("pts", range(40)))
    order = np.random.default_rng(0).permutation(len(index))[:16]
    with FrameReader(index, side, threads=1) as reader:
        for number in map(int, order):
            ((found, frame),) = reader.raw(number, number + 1)
            assert (found, frame.pts) == (number, plain[number][0])
            assert frame.to_ndarray().tobytes() == plain[number][1], number


def test_seeks_where_it_can(side: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = _film(side, frames=200, options={"g": "10"})
    decoded: list[int] = []
    frames = clip_reader.Film.frames

    def counted(film: Any) -> Any:
        for frame in frames(film):
            decoded.append(1)
            yield frame

    monkeypatch.setattr(clip_reader.Film, "frames", counted)
    with FrameReader(index, side) as reader:
        assert [n for n, _ in reader.raw(155, 160)] == [155, 156, 157, 158, 159]
    assert len(decoded) < 20


def test_counts_where_seeking_goes_wrong(side: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = _film(side, frames=40, options={"g": "10"})
    plain = _plain(side / "media" / "a.mp4")
    monkeypatch.setattr(clip_reader.Film, "seek", lambda film, pts: True)
    with FrameReader(index, side) as reader:
        for number in (33, 2, 15):
            ((_, frame),) = reader.raw(number, number + 1)
            assert frame.to_ndarray().tobytes() == plain[number][1]


def test_selected_frames_over_several_clips(side: Path) -> None:
    make_film(side / "media" / "a.mp4", frames=20)
    make_film(side / "media" / "b.mp4", frames=20)
    index = index_media(side / "media", every=4)
    with FrameReader(index, side) as reader:
        found = [(n, _number(image)) for n, image in reader.frames(2, 9)]
    assert found == [(2, 8), (3, 12), (4, 16), (5, 0), (6, 4), (7, 8), (8, 12)]


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_shows_turned_films_upright(side: Path, degrees: int) -> None:
    index = _film(side, frames=3, matrix=TURNED[degrees])
    with FrameReader(index, side) as reader:
        (_, image) = next(reader.frames())
    want = np.rot90(picture(0), -degrees // 90)
    assert image.shape == want.shape
    assert np.abs(image.astype(int) - want).mean() < 6


def test_shows_mirrored_films_upright(side: Path) -> None:
    index = _film(side, frames=3, matrix=MIRRORED)
    with FrameReader(index, side) as reader:
        (_, image) = next(reader.frames())
    want = np.rot90(picture(0)[:, ::-1], -1)
    assert np.abs(image.astype(int) - want).mean() < 6


@pytest.mark.parametrize("matrix", [1, 6, 9, 2])
@pytest.mark.parametrize("full", [1, 2])
def test_colours_follow_the_tags(side: Path, matrix: int, full: int) -> None:
    index = _film(
        side,
        "a.mkv",
        frames=2,
        codec="ffv1",
        pixel_format="yuv444p",
        colors={"colorspace": matrix, "color_range": full},
    )
    with FrameReader(index, side) as reader:
        (_, image), (_, raw) = next(reader.frames()), next(reader.raw())
    assert index.clips[0].color_space == matrix
    want = _by_hand(raw.to_ndarray().astype(np.float64), matrix, full)
    assert np.abs(image - want).max() <= 2


def _by_hand(yuv: NDArray[np.float64], matrix: int, full: int) -> NDArray[np.float64]:
    """RGB of 4:4:4 planes by the equations of H.273, 8.3."""
    red, blue = {1: (0.2126, 0.0722), 9: (0.2627, 0.0593)}.get(matrix, (0.299, 0.114))
    green = 1 - red - blue
    low, luma, chroma = (0, 255, 255) if full == 2 else (16, 219, 224)
    y, u, v = (yuv[0] - low) / luma, (yuv[1] - 128) / chroma, (yuv[2] - 128) / chroma
    r, b = y + 2 * (1 - red) * v, y + 2 * (1 - blue) * u
    rgb = np.stack([r, (y - red * r - blue * b) / green, b], -1)
    return np.asarray(np.clip(rgb * 255, 0, 255))


def test_ten_bits_and_full_range_are_read(side: Path) -> None:
    index = _film(side, frames=2, pixel_format="yuv420p10le")
    assert index.clips[0].pixel_format == "yuv420p10le"
    with FrameReader(index, side) as reader:
        (_, image) = next(reader.frames())
    assert np.abs(image.astype(int) - picture(0)).mean() < 6


def test_images_are_read_by_size_and_name(side: Path) -> None:
    for n, size in ((2, (96, 64)), (10, (40, 80))):
        write_image(side / "media" / f"img{n}.png", picture(n, *size))
    index = index_media(side / "media")
    with FrameReader(index, side) as reader:
        found = dict(reader.frames())
        raw = [f for _, f in reader.raw()]
    assert np.array_equal(found[0], picture(2, 96, 64))
    assert np.array_equal(found[1], picture(10, 40, 80))
    assert [(f.format.name, f.pts, f.time_base) for f in raw] == [
        ("rgb24", 0, Fraction(1, 25)),
        ("rgb24", 1, Fraction(1, 25)),
    ]


def test_a_jpeg_nobody_touched_changes_nothing(side: Path) -> None:
    index = _film(side, frames=2)
    with FrameReader(index, side) as reader:
        plain = [frame.to_ndarray() for _, frame in reader.raw()]
        (side / "frames").mkdir()
        for number, image in reader.frames():
            write_image(side / "frames" / image_name(number, "jpg"), image)
    with FrameReader(index, side, images=side / "frames") as reader:
        for number, frame in reader.raw():
            assert np.array_equal(frame.to_ndarray(), plain[number])


def test_edited_frames_come_instead_of_the_films(side: Path) -> None:
    index = _film(side, frames=4)
    with FrameReader(index, side) as reader:
        plain = [
            (i.copy(), f) for (_, i), (_, f) in zip(reader.frames(), reader.raw(), strict=True)
        ]
    edits = side / "frames"
    edits.mkdir()
    write_image(edits / image_name(1), plain[1][0])
    edited = plain[2][0].copy()
    edited[20:30, 40:60] = (200, 30, 60)
    write_image(edits / image_name(2), edited)
    with FrameReader(index, side, images=edits) as reader:
        shown = [image for _, image in reader.frames()]
        stored = [frame.to_ndarray() for _, frame in reader.raw()]
    assert np.array_equal(shown[2], edited) and np.array_equal(shown[0], plain[0][0])
    assert np.array_equal(stored[1], plain[1][1].to_ndarray())
    changed = stored[2] != plain[2][1].to_ndarray()
    assert changed[:64][20:30, 40:60].any() and not changed[:64][:18].any()
    write_image(edits / image_name(3), picture(3, 32, 32))
    with FrameReader(index, side, images=edits) as reader, pytest.raises(BadMedia, match="32x32"):
        list(reader.frames(3))


def test_says_when_the_film_was_exchanged(side: Path) -> None:
    index = _film(side, frames=30)
    (side / "media" / "a.mp4").unlink()
    make_film(side / "media" / "a.mp4", frames=10)
    with FrameReader(index, side) as reader, pytest.raises(BadMedia, match="run extract again"):
        list(reader.frames(20, 21))

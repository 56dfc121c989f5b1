from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from faceswap.errors import BadMedia, Damaged
from faceswap.films import scan
from faceswap.films.frame_index import Clip, Frame, FrameIndex
from faceswap.films.images import write_image
from faceswap.films.media import count_frames, index_media
from faceswap.films.scan import Selection, orientation
from films import MIRRORED, TURNED, make_film, picture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    media = tmp_path / "media"
    media.mkdir()
    return media


def test_lists_every_frame_with_its_time(folder: Path) -> None:
    make_film(folder / "a.mp4", frames=30, sound=1)
    seen: list[int] = []
    index = index_media(folder, on_frame=lambda: seen.append(1))
    (clip,) = index.clips
    assert len(index) == 30 == len(seen) == count_frames(folder)
    assert (clip.width, clip.height, clip.rotation, clip.kind) == (96, 64, 0, "video")
    assert [f.pts * clip.tick for f in clip.frames] == [Fraction(n, 25) for n in range(30)]
    assert {f.duration * clip.tick for f in clip.frames} == {Fraction(1, 25)}
    assert [s.kind for s in clip.streams] == ["video", "audio"]
    assert clip.frames[0].key and clip.frames[0].cut
    assert clip.exact and not clip.damaged


def test_keeps_variable_times(folder: Path) -> None:
    pts = [40, 43, 50, 51, 90, 130, 131]
    ticks = {"movie_timescale": "600"}
    make_film(folder / "a.mp4", pts=pts, time_base=Fraction(1, 600), container_options=ticks)
    (clip,) = index_media(folder).clips
    assert [f.pts * clip.tick for f in clip.frames] == [Fraction(p, 600) for p in pts]


def test_finds_cuts(folder: Path) -> None:
    make_film(folder / "a.mp4", frames=60, shots=20)
    (clip,) = index_media(folder).clips
    assert [n for n, f in enumerate(clip.frames) if f.cut] == [0, 20, 40]
    (clip,) = index_media(folder, every=7).clips
    assert [f.ordinal for f in clip.frames if f.cut] == [0, 21, 42]


def test_cuts_do_not_hang_on_the_number_of_threads(folder: Path) -> None:
    film = make_film(folder / "a.mp4", frames=60, shots=9, size=(320, 240))
    found = [scan._scan(film, "media/a.mp4", Selection(), lambda: None, n) for n in (1, 2, 0)]
    assert found[0] == found[1] == found[2]
    assert [n for n, f in enumerate(found[0].frames) if f.cut] == [0, 9, 18, 27, 36, 45, 54]


def test_each_of_unrelated_pictures_begins_a_shot_and_those_of_a_film_do_not(
    folder: Path, short_clip: Callable[..., Path], talking_clip: Path
) -> None:
    with av.open(str(short_clip(talking_clip))) as film:
        frames = [f.to_ndarray(format="rgb24") for f in film.decode(video=0)]
    for kind, pictures in (
        ("film", frames[:8]),
        ("photos", [picture(n, shot=n) for n in range(8)]),
    ):
        (folder / kind).mkdir()
        for n, one in enumerate(pictures):
            write_image(folder / kind / f"{n}.png", one)
    shot, photos = index_media(folder).clips
    assert [n for n, f in enumerate(shot.frames) if f.cut] == [0]
    assert all(f.cut for f in photos.frames)


def test_selects_frames(folder: Path) -> None:
    make_film(folder / "a.mp4", frames=50)
    (clip,) = index_media(folder, every=3, start=0.4, end=1.0).clips
    assert [f.ordinal for f in clip.frames] == [10, 13, 16, 19, 22]
    assert (clip.begin, clip.end) == (clip.frames[0].pts, clip.frames[-1].pts + 1 * 512)
    with pytest.raises(BadMedia, match="no frame lies between"):
        index_media(folder, start=9.0)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_turns(folder: Path, degrees: int) -> None:
    make_film(folder / "a.mp4", frames=2, matrix=TURNED[degrees])
    (clip,) = index_media(folder).clips
    assert (clip.rotation, clip.flip) == (degrees, False)
    assert (clip.width, clip.height) == ((96, 64) if degrees == 180 else (64, 96))
    assert clip.stored_size == (96, 64)
    assert clip.matrix == TURNED[degrees]


def test_a_mirror_is_a_flip_and_a_turn() -> None:
    assert orientation(MIRRORED) == (90, True)
    assert orientation(()) == (0, False)


def test_clips_come_in_natural_order(folder: Path) -> None:
    for name in ("take10.mp4", "take2.mp4", "Take1.mp4"):
        make_film(folder / name, frames=2)
    for n in (10, 9, 2):
        write_image(folder / f"img{n}.png", picture(n))
    (folder / ".DS_Store").write_text("of no matter")
    index = index_media(folder)
    assert [c.path for c in index.clips] == [
        "media",
        "media/Take1.mp4",
        "media/take2.mp4",
        "media/take10.mp4",
    ]
    assert [p.name for p in index.clips[0].pictures] == ["img2.png", "img9.png", "img10.png"]
    assert index.starts == [0, 3, 5, 7, 9]


def test_images_keep_their_sizes_and_turn_by_exif(folder: Path) -> None:
    sub = folder / "photos"
    sub.mkdir()
    write_image(sub / "1.png", picture(0, 96, 64))
    done, data = cv2.imencode(".jpg", picture(1, 80, 40))
    assert done
    (sub / "2.jpg").write_bytes(_with_orientation(bytes(data), 6))
    (sub / "3.png").write_bytes(b"no picture")
    (clip,) = index_media(folder).clips
    assert clip.kind == "images" and clip.path == "media/photos" and clip.damaged == 1
    assert [(p.name, p.width, p.height) for p in clip.pictures] == [
        ("1.png", 96, 64),
        ("2.jpg", 40, 80),
    ]


def _with_orientation(jpeg: bytes, value: int) -> bytes:
    tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" + bytes([value]) + b"\0\0\0\0\0\0"
    body = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + jpeg[2:]


def test_damage_is_counted_and_the_rest_kept(folder: Path) -> None:
    film = make_film(folder / "a.mp4", frames=60, options={"g": "10"}, size=(320, 240))
    data = bytearray(film.read_bytes())
    rng = np.random.default_rng(0)
    middle = len(data) // 2
    data[middle : middle + 2000] = rng.bytes(2000)
    film.write_bytes(bytes(data))
    (clip,) = index_media(folder).clips
    assert clip.damaged > 0
    assert 30 < len(clip.frames) <= 60


def test_a_film_that_breaks_off_is_read_to_there(folder: Path) -> None:
    film = make_film(folder / "a.mkv", frames=60, size=(320, 240))
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 2 // 3])
    assert 10 < len(index_media(folder)) < 60


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.mp4", b"just text\n" * 99, "Invalid data"),
        ("a.txt", b"just text\n" * 99, "is no video|Invalid data|no video stream"),
        ("a.m3u8", b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", "is no video|Invalid data"),
        ("a.mp4", b"", "cannot be opened"),
        ("a.png", b"no picture", "not one of 1 images"),
    ],
)
def test_says_what_is_no_media(folder: Path, name: str, content: bytes, says: str) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(BadMedia, match=says) as caught:
        index_media(folder)
    assert "\n" not in str(caught.value)


def test_says_when_there_is_no_picture(folder: Path) -> None:
    with pytest.raises(BadMedia, match="is empty"):
        index_media(folder)
    (folder / "photos").mkdir()
    with pytest.raises(BadMedia, match="holds no images"):
        index_media(folder)
    (folder / "photos").rmdir()
    film = make_film(folder / "a.mp4", frames=3, sound=1)
    _only_sound(film, folder / "b.m4a")
    film.unlink()
    with pytest.raises(BadMedia, match="no video stream"):
        index_media(folder)


def _only_sound(film: Path, path: Path) -> None:
    import av

    with av.open(str(film)) as given, av.open(str(path), "w", format="mp4") as made:
        stream = made.add_stream_from_template(given.streams.audio[0])
        for packet in given.demux(given.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                made.mux(packet)


def test_index_survives_a_file(folder: Path, tmp_path: Path) -> None:
    make_film(folder / "a.mp4", frames=5, matrix=TURNED[90])
    index = index_media(folder)
    index.save(tmp_path / "frames.json")
    assert FrameIndex.load(tmp_path / "frames.json") == index


@pytest.mark.parametrize("path", ["../a.mp4", "/a.mp4", "media/../../a.mp4", "", "a\\b"])
def test_index_stays_inside_its_folder(tmp_path: Path, path: str) -> None:
    text = '{"clips":[{"path":"media/a","kind":"video","width":2,"height":2,"time_base":[1,25],'
    text += '"rate":[25,1],"frames":[[0,1,0,true,true]]}]}'
    file = tmp_path / "frames.json"
    file.write_text(text)
    assert len(FrameIndex.load(file)) == 1
    file.write_text(text.replace("media/a", path.replace("\\", "\\\\")))
    with pytest.raises(Damaged, match="a frame index"):
        FrameIndex.load(file)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"clips":3}', '{"clips":[],"more":1}', "\xff"])
def test_a_broken_index_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "frames.json"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(Damaged, match="a frame index"):
        FrameIndex.load(file)


def clip(count: int, gap: int) -> Clip:
    """One with a key frame in so many."""
    frames = [Frame(n, 1, n, n % gap == 0, n == 0) for n in range(count)]
    return Clip("media/a", "video", 8, 8, (1, 25), (25, 1), frames)


def test_ranges_cover_all_and_begin_at_keys() -> None:
    index = FrameIndex([clip(400, 60), clip(10, 3), clip(333, 1000)])
    ranges = index.ranges()
    assert [n for start, stop in ranges for n in range(start, stop)] == list(range(743))
    assert all(stop - start <= 128 for start, stop in ranges)
    assert [r for r in ranges if r[0] < 400][:3] == [(0, 60), (60, 120), (120, 180)]
    assert (400, 410) in ranges
    assert index.frame(405)[1].pts == 5
    with pytest.raises(IndexError):
        index.frame(743)


def test_long_ranges_decode_little_in_vain_and_leave_work_for_two() -> None:
    for count, gap, ranges in ((480, 250, 2), (240, 250, 2), (1500, 250, 6), (5000, 60, 28)):
        index = FrameIndex([clip(count, gap)])
        found = index.long_ranges()
        assert [n for start, stop in found for n in range(start, stop)] == list(range(count))
        assert len(found) == ranges and max(stop - start for start, stop in found) <= 256
        in_vain = sum(start % gap for start, _ in found)
        assert in_vain <= count / 2
        assert in_vain <= sum(start % gap for start, _ in index.ranges())

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap.errors import BadMedia, Unsupported
from faceswap.films.frame_index import Clip
from faceswap.films.images import write_image
from faceswap.films.media import index_media
from faceswap.films.paste import Patch, samples
from faceswap.films.video import FrameReader
from faceswap.writing.encoding import encoding_for
from faceswap.writing.writer import FrameWriter
from films import MIRRORED, TURNED, make_film, picture
from rewriting import patch_of, rewrite, times

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
    patch = patch_of()
    index, again, new = rewrite(side, [patch], codec="ffv1")
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
    encoding = encoding_for(index.clips[0], "ffv1")
    with FrameWriter(path, index.clips[0], None, encoding) as writer:
        writer.write(frame, [patch_of()])
    assert np.array_equal(frame.to_ndarray(), before)


@pytest.mark.parametrize(("left", "top"), [(-20, -10), (80, 50), (-5, 60), (500, 500), (-99, 0)])
def test_patches_may_hang_over_the_edge(side: Path, left: int, top: int) -> None:
    make_film(side / "media" / "a.mp4", frames=1, matrix=TURNED[90])
    index, again, new = rewrite(side, [patch_of(left, top)], codec="ffv1")
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
    old, new, _ = rewrite(side)
    assert times(new) == times(old) == [Fraction(p, 600) for p in pts]
    assert new.clips[0].seconds == old.clips[0].seconds


@pytest.mark.parametrize("last", [8, 30, 1])
@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
def test_the_last_frame_lasts_as_long_as_it_did(side: Path, last: int, codec: str) -> None:
    make_film(side / "media" / "a.mp4", frames=9, time_base=Fraction(1, 100), size=(128, 96))
    clip = index_media(side / "media").clips[0]
    ticks = [0, 8, 17, 25, 34, 42, 50, 59, 67, 67 + last]
    frames = [
        msgspec.structs.replace(f, pts=at * 128, duration=(after - at) * 128)
        for f, (at, after) in zip(clip.frames, pairwise(ticks), strict=True)
    ]
    clip = msgspec.structs.replace(clip, frames=frames, time_base=(1, 12800))
    new = side.parent / "new" / "media"
    new.mkdir(parents=True)
    black = av.VideoFrame(128, 96, "yuv420p")
    with FrameWriter(new / "a.mp4", clip, None, encoding_for(clip, codec)) as writer:
        for frame in frames:
            black.pts, black.time_base = frame.pts, clip.tick
            writer.write(black)
    (made,) = index_media(new).clips
    assert made.seconds == pytest.approx((67 + last) / 100)


@pytest.mark.parametrize(
    ("codec", "options"),
    [("h264", {}), ("hevc", {}), ("av1", {}), ("prores", {}), ("ffv1", {}), ("h264", {"crf": 1})],
)
def test_every_codec_keeps_times_and_picture(side: Path, codec: str, options: Any) -> None:
    make_film(side / "media" / "a.mp4", frames=12, sound=1, size=(128, 96))
    quality = {"quality": 1} if options else {}
    old, new, folder = rewrite(side, codec=codec, **quality)
    assert len(new) == len(old)
    assert max(abs(a - b) for a, b in zip(times(old), times(new), strict=True)) <= (
        Fraction(1, 2000) if codec == "ffv1" else 0
    )
    with FrameReader(old, side) as a, FrameReader(new, folder) as b:
        for (_, x), (_, y) in zip(a.frames(), b.frames(), strict=True):
            assert np.square(x.astype(float) - y).mean() < 65025 / 10**3.6


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_turned_films_stay_turned(side: Path, degrees: int) -> None:
    make_film(side / "media" / "a.mp4", frames=3, matrix=TURNED[degrees])
    old, new, _ = rewrite(side)
    assert new.clips[0].matrix == old.clips[0].matrix == TURNED[degrees]


def test_colours_and_pixel_shape_stay_tagged(side: Path) -> None:
    colors = {"color_range": 1, "colorspace": 9, "color_primaries": 9, "color_trc": 16}
    make_film(side / "media" / "a.mp4", frames=3, pixel_format="yuv420p10le", colors=colors)
    _, new, _ = rewrite(side)
    clip = new.clips[0]
    assert clip.pixel_format == "yuv420p10le"
    assert (clip.color_range, clip.color_space) == (1, 9)
    assert (clip.color_primaries, clip.color_transfer) == (9, 16)


def test_gif_and_images_become_films(side: Path) -> None:
    for n in range(5):
        write_image(side / "media" / f"{n}.png", picture(n))
    old, new, folder = rewrite(side)
    assert new.clips[0].path.endswith(".mp4") and new.clips[0].pixel_format == "yuv420p"
    assert times(new) == times(old) == [Fraction(n, 25) for n in range(5)]
    with FrameReader(new, folder) as reader:
        for number, image in reader.frames():
            assert np.abs(image.astype(int) - picture(number)).mean() < 6


def test_images_of_several_sizes_are_no_film(side: Path) -> None:
    write_image(side / "media" / "1.png", picture(1))
    write_image(side / "media" / "2.png", picture(2, 32, 32))
    with pytest.raises(Unsupported, match="write images instead"):
        rewrite(side)


def test_odd_films_keep_their_size(side: Path) -> None:
    make_film(side / "media" / "a.mkv", frames=3, codec="ffv1", size=(95, 63))
    _, new, _ = rewrite(side, [patch_of()])
    assert (new.clips[0].width, new.clips[0].height) == (95, 63)


@pytest.mark.parametrize("kind", ["nv12", "gray", "yuv411p", "yuva420p", "bgr0", "gray10le"])
def test_rare_formats_can_be_patched(side: Path, kind: str) -> None:
    codec = "rawvideo" if kind == "nv12" else "ffv1"
    name = "a.nut" if kind == "nv12" else "a.mkv"
    make_film(side / "media" / name, frames=2, codec=codec, pixel_format=kind)
    old, new, folder = rewrite(side, [patch_of()])
    with FrameReader(old, side) as a, FrameReader(new, folder) as b:
        for (_, x), (_, y) in zip(a.frames(), b.frames(), strict=True):
            assert np.abs(x[42:].astype(int) - y[42:]).mean() < 6
            assert np.abs(x[20:30, 30:40].astype(int) - y[20:30, 30:40]).mean() > 10


def test_says_what_cannot_be_written(side: Path) -> None:
    make_film(side / "media" / "a.mp4", frames=2)
    with pytest.raises(Unsupported, match="no codec `vhs`"):
        rewrite(side, codec="vhs")


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


@pytest.mark.parametrize("frames", [1, 2, 3, 8])
def test_short_films_of_hevc_have_times_to_decode_by(side: Path, frames: int) -> None:
    make_film(side / "media" / "a.mp4", frames=frames, size=(128, 96))
    old, new, folder = rewrite(side, codec="hevc")
    assert times(new) == times(old)
    with av.open(str(next((folder / "media").iterdir()))) as film:
        decoded = [p.dts * p.time_base for p in film.demux(video=0) if p.dts is not None]
    # x265 made them up in some 7 of 20 films of two frames, some 10^14 seconds away.
    assert all(abs(t) < 1 for t in decoded)

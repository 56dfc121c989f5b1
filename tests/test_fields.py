from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceswap.films.fields import Chain, flagged, order_of, whole
from faceswap.films.film import Film
from faceswap.films.frame_index import Order
from faceswap.films.media import index_media
from faceswap.films.video import FrameReader
from films import make_film
from formats.recipes import ffmpeg


def _interlaced(side: Path, order: Order = "tff", name: str = "a.mp4") -> Path:
    """A film of 30 interlaced frames with a key frame every seven."""
    plain = make_film(side / "plain.mkv", frames=60, codec="ffv1", size=(96, 64))
    words = f"-vf interlace=scan={order} -c:v libx264 -g 7 -bf 2 -flags +ildct+ilme"
    film = side / "media" / name
    ffmpeg("-i", plain, *words.split(), "-x264-params", f"{order}=1", film)
    return film


@pytest.mark.parametrize("order", ["tff", "bff"])
def test_interlaced_films_are_known_and_frames_made_whole(side: Path, order: Order) -> None:
    film = _interlaced(side, order)
    (clip,) = index_media(side / "media").clips
    assert (clip.field_order, clip.fields) == (order, order)
    index = index_media(side / "media", deinterlace="flagged")
    assert (index.clips[0].field_order, index.clips[0].fields) == (order, "")
    with Film(film) as opened, FrameReader(index, side) as reader:
        combed = list(opened.frames())
        made = [frame for _, frame in reader.raw()]
    assert [f.pts for f in made] == [f.pts for f in combed] and len(made) == 30
    assert not any(frame.interlaced_frame for frame in made)
    assert _combs(made[9].to_ndarray()) < _combs(combed[9].to_ndarray()) / 2


def _combs(planes: np.ndarray) -> float:
    """How much each line of the luma differs from the two beside it."""
    luma = planes[:64].astype(float)
    return float(np.abs(2 * luma[1:-1] - luma[:-2] - luma[2:]).mean())


def test_a_whole_frame_is_the_same_wherever_one_begins_to_read(side: Path) -> None:
    _interlaced(side)
    index = index_media(side / "media", deinterlace="flagged")
    assert len(index.clips[0].keys) >= 4
    with FrameReader(index, side) as reader:
        plain = {n: frame.to_ndarray().tobytes() for n, frame in reader.raw()}
    for number in np.random.default_rng(0).permutation(len(index)):
        with FrameReader(index, side, threads=1) as reader:
            ((_, frame),) = reader.raw(int(number), int(number) + 1)
            assert frame.to_ndarray().tobytes() == plain[int(number)], number


def test_progressive_films_are_left_alone_unless_all_is_said(side: Path) -> None:
    make_film(side / "media" / "a.mp4", frames=6)
    (plain,) = index_media(side / "media").clips
    (asked,) = index_media(side / "media", deinterlace="flagged").clips
    assert asked == plain and plain.field_order == ""
    index = index_media(side / "media", deinterlace="all")
    assert index.clips[0].deinterlaced == "all"
    with Film(side / "media" / "a.mp4") as film, FrameReader(index, side) as reader:
        pairs = list(zip(film.frames(), reader.raw(), strict=True))
    assert any(a.to_ndarray().tobytes() != b.to_ndarray().tobytes() for a, (_, b) in pairs)


def test_frames_can_be_flagged(side: Path) -> None:
    film = make_film(side / "a.mp4", frames=2)
    with Film(film) as opened:
        frames = list(opened.frames())
    for order in ("tff", "bff"):
        (marked,) = flagged(order).push(frames[0])
        assert order_of(marked) == order
        assert marked.to_ndarray().tobytes() == frames[0].to_ndarray().tobytes()
    assert order_of(frames[0]) == ""
    assert [f.pts for f in whole(iter(frames), "all")] == [f.pts for f in frames]


def test_a_chain_takes_frames_of_another_size(side: Path) -> None:
    chain = Chain(("hflip", ""))
    for size in ((96, 64), (48, 32)):
        film = make_film(side / f"{size[0]}.mp4", frames=1, size=size)
        with Film(film) as opened:
            (made,) = chain.push(next(opened.frames()))
        assert (made.width, made.height) == size

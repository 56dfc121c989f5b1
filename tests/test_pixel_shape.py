from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from faceswap.detection.detectors import open_detector
from faceswap.detection.landmarks import Landmarker
from faceswap.errors import BadMedia
from faceswap.films.media import index_media
from faceswap.films.paste import samples
from faceswap.films.pixel_shape import LONGEST, square_size, squeezed
from faceswap.films.video import FrameReader
from faceswap.writing.matroska import shape_pixels
from films import TURNED, picture
from rewriting import patch_of, rewrite, times

Image = NDArray[np.uint8]
WIDE = Fraction(4, 3)


def film_of(path: Path, image: Image, aspect: Fraction, matrix: Any = None) -> None:
    """A film of one picture, squeezed into pixels of a shape."""
    height, width = image.shape[:2]
    size = (round(width / aspect), height) if aspect > 1 else (width, round(height * aspect))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    with av.open(str(path), "w") as film:
        video = film.add_stream("libx264", rate=25, options={"qp": "0"})
        video.width, video.height, video.pix_fmt = *size, "yuv444p"
        video.codec_context.sample_aspect_ratio = aspect
        if matrix:
            video.set_display_matrix(matrix)
        for _ in range(2):
            frame = av.VideoFrame.from_ndarray(small, "rgb24").reformat(format="yuv444p")
            film.mux(video.encode(frame))
        film.mux(video.encode(None))


def first(side: Path) -> Image:
    with FrameReader(index_media(side / "media"), side) as reader:
        return next(reader.frames())[1]


@pytest.mark.parametrize("aspect", [WIDE, Fraction(8, 11), Fraction(64, 45)])
def test_a_face_in_squeezed_pixels_is_seen_as_it_is(
    side: Path, portrait: Image, aspect: Fraction
) -> None:
    film_of(side / "media" / "a.mp4", portrait, aspect)
    shown = first(side)
    assert abs(shown.shape[0] - portrait.shape[0]) <= 1
    assert abs(shown.shape[1] - portrait.shape[1]) <= 1
    detector, landmarker = open_detector("blaze"), Landmarker()
    points = [
        landmarker.locate(image, detector.find(image, 70)[0]).points for image in (portrait, shown)
    ]
    assert np.abs(points[0] - points[1]).mean() < 1.5


@pytest.mark.parametrize("matrix", [None, TURNED[90], TURNED[180], TURNED[270]])
@pytest.mark.parametrize("aspect", [WIDE, Fraction(2, 3)])
def test_patches_land_where_they_are_seen(side: Path, aspect: Fraction, matrix: Any) -> None:
    film_of(side / "media" / "a.mp4", picture(0, 120, 96), aspect, matrix)
    patch = patch_of(30, 20)
    index, again, new = rewrite(side, [patch], quality=0)
    clip = index.clips[0]
    assert (again.clips[0].aspect, again.clips[0].stored) == (clip.aspect, clip.stored)
    with FrameReader(index, side) as old, FrameReader(again, new) as made:
        (_, before), (_, after) = next(old.frames()), next(made.frames())
        (_, a), (_, b) = next(old.raw()), next(made.raw())
    changed = np.abs(after.astype(int) - before).max(-1) > 8
    seen = np.zeros(changed.shape, bool)
    seen[20 : 20 + patch.mask.shape[0], 30 : 30 + patch.mask.shape[1]] = patch.mask > 0
    near = cv2.dilate(seen.astype(np.uint8), np.ones((7, 7))) > 0
    core = cv2.erode(seen.astype(np.uint8), np.ones((5, 5))) > 0
    assert not changed[~near].any()
    inside = np.zeros_like(after)
    inside[20:45, 30:61] = patch.rgb
    assert np.abs(after[core].astype(int) - inside[core]).mean() < 12
    # What no patch touches are the decoder's own samples.
    for x, y in zip(samples(a), samples(b), strict=True):
        assert 0.75 < (x == y).mean() < 1


@pytest.mark.parametrize("codec", ["av1", "prores", "ffv1"])
def test_matroska_tells_the_shape_of_pixels(side: Path, codec: str) -> None:
    film_of(side / "media" / "a.mp4", picture(0, 240, 192), WIDE)
    old, new, folder = rewrite(side, codec=codec, container="mkv")
    clip, made = old.clips[0], new.clips[0]
    assert (made.aspect, made.stored, made.width) == (clip.aspect, clip.stored, clip.width)
    assert [round(1000 * t) for t in times(new)] == [round(1000 * t) for t in times(old)]
    film = folder / made.path
    first = film.read_bytes()
    shutil.rmtree(folder)
    rewrite(side, codec=codec, container="mkv")
    assert film.read_bytes() == first
    assert [p.name for p in film.parent.iterdir()] == [film.name]


def test_a_copy_that_fails_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    film = tmp_path / "no.mkv"
    film.write_bytes(b"no film")
    with pytest.raises(BadMedia, match="shape of its pixels"):
        shape_pixels(film, (4, 3), WIDE)
    assert [p.name for p in tmp_path.iterdir()] == ["no.mkv"]


def test_edited_pictures_keep_all_but_what_was_edited(side: Path, tmp_path: Path) -> None:
    film_of(side / "media" / "a.mp4", picture(0, 120, 96), WIDE)
    index = index_media(side / "media")
    edited = first(side)
    edited[40:60, 30:50] = (255, 0, 0)
    cv2.imwrite(str(tmp_path / "000000.png"), edited[..., ::-1])
    with FrameReader(index, side) as plain, FrameReader(index, side, tmp_path) as reader:
        (_, a), (_, b) = next(plain.raw()), next(reader.raw())
    same = samples(a)[0] == samples(b)[0]
    assert not same[44:56, 25:35].any()
    assert same[:38].all() and same[62:].all() and same[:, :21].all() and same[:, 39:].all()


@given(
    st.tuples(st.integers(1, 5000), st.integers(1, 5000)),
    st.fractions(min_value=0, max_value=100),
)
def test_shown_pictures_are_no_smaller_and_of_a_size(
    stored: tuple[int, int], aspect: Fraction
) -> None:
    shown = square_size(stored, aspect)
    assert all(a <= b <= a * LONGEST for a, b in zip(stored, shown, strict=True))
    if Fraction(1, LONGEST) <= aspect <= LONGEST:
        assert shown[0] / shown[1] == pytest.approx(
            stored[0] / stored[1] * float(aspect), abs=1 / min(shown), rel=1 / min(shown)
        )


@given(st.integers(0, 40), st.integers(0, 30), st.integers(1, 30), st.integers(1, 30))
def test_a_squeezed_part_covers_what_it_covered(left: int, top: int, width: int, high: int) -> None:
    mask = np.full((high, width), 255, np.uint8)
    rgb = np.full((high, width, 3), 9, np.uint8)
    new, hard, (x, y) = squeezed(rgb, mask, (left, top), (80, 60), (60, 60))
    assert new.shape[:2] == hard.shape == (high, hard.shape[1])
    assert y == top and x <= left * 0.75 and x + hard.shape[1] >= (left + width) * 0.75
    assert (new == 9).all()
    assert abs(int((hard > 0).sum()) / high - width * 0.75) <= 1


def test_square_pixels_are_left_as_they_are() -> None:
    rgb, mask = np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8)
    new, hard, corner = squeezed(rgb, mask, (1, 2), (9, 9), (9, 9))
    assert new is rgb and hard is mask and corner == (1, 2)

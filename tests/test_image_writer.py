from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from faceswap.films import hdr
from faceswap.films.deep_images import CICP, read_samples
from faceswap.films.images import read_image, write_image
from faceswap.films.media import index_media
from faceswap.films.video import FrameReader
from faceswap.writing.copies import MARK
from faceswap.writing.image_writer import ImageWriter
from films import make_film, picture
from rewriting import patch_of


def test_images_are_written_under_their_names(side: Path) -> None:
    write_image(side / "media" / "me.png", picture(1))
    write_image(side / "media" / "you.jpg", picture(2, 40, 80))
    index = index_media(side / "media")
    patch = patch_of(2, 3)
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


def test_films_of_high_dynamic_range_become_deep_images_that_say_so(side: Path) -> None:
    colors = {"color_range": 1, "colorspace": 9, "color_primaries": 9, "color_trc": 16}
    make_film(side / "media" / "a.mp4", frames=1, pixel_format="yuv420p10le", colors=colors)
    index = index_media(side / "media")
    patch, folder = patch_of(), side.parent / "out"
    with (
        FrameReader(index, side) as reader,
        ImageWriter(folder, index.clips[0]) as writer,
    ):
        for _, frame in reader.raw():
            writer.write(frame, [patch])
    image, notes = read_samples(folder / "000000.png")
    assert image.dtype == np.uint16 and notes[CICP] == bytes((9, 16, 0, 1))
    where = patch.mask > 0
    codes = np.asarray(image[13:38, 21:52], np.uint16)
    shown = hdr.shown(codes, hdr.PQ, index.clips[0].white)
    assert np.array_equal(shown[where], patch.rgb[where])


def test_a_colour_profile_comes_along(side: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(picture(1)).save(side / "media" / "a.png", icc_profile=profile)
    index = index_media(side / "media")
    for kind in ("png", "jpg"):
        folder = side.parent / kind
        source = side / index.clips[0].path
        with (
            FrameReader(index, side) as reader,
            ImageWriter(folder, index.clips[0], kind=kind, source=source) as writer,
        ):
            for _, frame in reader.raw():
                writer.write(frame)
        with Image.open(folder / f"a.{kind}") as made:
            assert made.info["icc_profile"] == profile

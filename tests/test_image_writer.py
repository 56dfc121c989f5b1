from __future__ import annotations

from pathlib import Path

import numpy as np

from faceswap.copies import MARK
from faceswap.image_writer import ImageWriter
from faceswap.images import read_image, write_image
from faceswap.media import index_media
from faceswap.video import FrameReader
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

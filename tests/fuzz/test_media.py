"""Films and images that were whole once, read to the end or refused, in a process they may kill."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from films import make_film, picture

ROOT = Path(__file__).parents[2]
#: Spoiled files in all: in the suite, and in its long variant.
FEW, MANY = {"films": 150, "images": 400}, {"films": 4000, "images": 20_000}
#: MB that reading all of them may take.
MEMORY = 700

#: The films that are spoiled: container, codec, samples.
FILMS = {
    "a.mp4": ("libx264", "yuv420p"),
    "b.mkv": ("libx265", "yuv420p10le"),
    "c.webm": ("libvpx-vp9", "yuv420p"),
    "d.avi": ("mjpeg", "yuvj420p"),
    "e.mpg": ("mpeg1video", "yuv420p"),
    "f.gif": ("gif", "rgb8"),
    "g.mov": ("prores_ks", "yuv422p10le"),
    "h.ts": ("libx264", "yuv420p"),
    "i.mp4": ("mpeg4", "yuv420p"),
    "j.mkv": ("ffv1", "yuv444p"),
    "k.flv": ("flv1", "yuv420p"),
    "l.webm": ("libvpx", "yuv420p"),
    "m.wmv": ("wmv2", "yuv420p"),
    "n.mxf": ("mpeg2video", "yuv422p"),
    "o.apng": ("apng", "rgb24"),
}
IMAGES = ("png", "jpg", "webp", "tiff", "bmp", "pgm", "ppm", "jp2")


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    quiet = {"libx265": {"x265-params": "log-level=none"}}
    return [
        make_film(folder / name, 12, (64, 48), codec, form, options=quiet.get(codec, {}))
        for name, (codec, form) in FILMS.items()
    ]


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder, image = tmp_path_factory.mktemp("images"), picture(3, 48, 32)
    for kind in IMAGES:
        assert cv2.imwrite(str(folder / f"a.{kind}"), image[..., 0] if kind == "pgm" else image)
    assert cv2.imwrite(str(folder / "deep.png"), image.astype("uint16") * 257)
    return sorted(folder.iterdir())


def run(what: str, count: int, folder: Path, files: list[Path]) -> None:
    """All are read or refused, in time, by a process that lives to say so."""
    command = [sys.executable, "-m", "tests.fuzz.media_run", what, "1", str(count), str(folder)]
    done = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, cwd=ROOT)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, f"{lines[-1]}\n{done.stderr[-2000:]}"
    assert len(lines) == count
    peaks = [int(m[1]) for m in re.finditer(r", ([0-9]+) MB$", done.stdout, re.MULTILINE)]
    assert len(peaks) == count
    assert max(peaks) < MEMORY
    # Spoiling that spoils nothing, or lets nothing through, would show nothing.
    refused = sum("refused" in line for line in lines)
    assert count / 50 < refused < 0.95 * count


@pytest.mark.parametrize("what", ["films", "images"])
def test_spoiled_media_is_read_or_refused(what, tmp_path, request):
    run(what, FEW[what], tmp_path, request.getfixturevalue(what))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("what", ["films", "images"])
def test_much_spoiled_media_is_read_or_refused(what, tmp_path, request):
    run(what, MANY[what], tmp_path, request.getfixturevalue(what))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_spoiled_films_of_people_are_read_or_refused(media, tmp_path):
    names = ("no_face.mp4", "single_face.mp4", "testMovie.mp4", "face_noface.mov")
    run("films", 200, tmp_path, [media / name for name in names])

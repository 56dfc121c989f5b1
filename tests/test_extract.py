from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceswap.errors import BadOption, MissingArtefact
from faceswap.films.images import read_image, write_image
from faceswap.films.media import FrameIndex
from faceswap.stage import Bar, Progress
from faceswap.workspace import Workspace
from films import make_film, picture
from formats.recipes import ffmpeg
from stages.extract import Extract


class Heard(Progress):
    """Keeps what a stage says."""

    def __init__(self) -> None:
        self.warnings: list[str] = []
        self.bars: list[tuple[str, int, int]] = []
        self.steps = 0

    def bar(self, what: str, total: int, done: int = 0, unit: str = "frame") -> Bar:
        self.bars.append((what, total, done))
        heard = self

        class Counting(Bar):
            def step(self, count: int = 1, **figures: float | str) -> None:
                heard.steps += count

        return Counting()

    def warn(self, text: str) -> None:
        self.warnings.append(text)


@pytest.fixture
def work(tmp_path: Path) -> Workspace:
    face = make_film(tmp_path / "face.mp4", frames=10)
    film = make_film(tmp_path / "film.mp4", frames=40, shots=20)
    return Workspace.create(tmp_path / "work", [face], [film])


def test_makes_an_index_of_a_side(work: Workspace) -> None:
    heard = Heard()
    summary = Extract().run(work.on("target"), heard)
    assert summary == {"frames": 40, "seconds": 1.6, "clips": 1, "cuts": 1, "damaged": 0}
    assert len(FrameIndex.load(work.require("target/frames"))) == 40
    assert (heard.bars, heard.steps) == ([("extract target", 40, 0)], 40)
    assert not heard.warnings
    with pytest.raises(MissingArtefact):
        work.require("source/frames")


def test_makes_images_only_where_asked(work: Workspace) -> None:
    assert Extract().makes() == ("frames",)
    assert Extract(images="png").makes() == ("frames", "images")


@pytest.mark.parametrize("kind", ["png", "jpg"])
def test_writes_frames_as_images(work: Workspace, kind: str) -> None:
    Extract(images=kind, every=2, start=0.4).run(work.on("target"))
    folder = work.require("target/images")
    assert sorted(p.name for p in folder.iterdir()) == [f"{n:06d}.{kind}" for n in range(15)]
    assert np.abs(read_image(folder / f"000001.{kind}").astype(int) - picture(12)).mean() < 9


def test_goes_on_where_it_was_stopped(work: Workspace) -> None:
    partial = work.partial("target/images")
    partial.mkdir()
    write_image(partial / "000000.png", picture(99))
    (partial / "000001.png.draft").write_bytes(b"half")
    heard = Heard()
    Extract(images="png").run(work.on("target"), heard)
    folder = work.require("target/images")
    assert np.array_equal(read_image(folder / "000000.png"), picture(99))
    assert len(list(folder.iterdir())) == 40
    assert heard.bars[1] == ("write images", 40, 1)


def test_the_part_has_to_begin_before_it_ends(work: Workspace) -> None:
    Extract(start=1, end=2).validate()
    with pytest.raises(BadOption, match="end is after start"):
        Extract(start=2, end=1).run(work.on("target"))


def test_warns_of_damage(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4", frames=60, options={"g": "10"}, size=(320, 240))
    data = bytearray(film.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2000] = np.random.default_rng(0).bytes(2000)
    film.write_bytes(bytes(data))
    heard = Heard()
    work = Workspace.create(tmp_path / "work", [film], [film]).on("source")
    summary = Extract().run(work, heard)
    assert int(summary["damaged"]) > 0
    assert "damaged in" in heard.warnings[0]


def test_images_of_other_frames_are_set_aside(work: Workspace) -> None:
    side, heard = work.on("target"), Heard()
    Extract(images="png").run(side, heard)
    edited = np.zeros((20, 20, 3), np.uint8)
    write_image(side.path("images") / "000003.png", edited)
    Extract().run(side, heard)
    assert side.exists("images") and not heard.warnings
    Extract(every=2).run(side, heard)
    assert not side.exists("images")
    assert "moved to frames.before/" in heard.warnings[0]
    assert np.array_equal(read_image(side.root / "target/frames.before/000003.png"), edited)


def test_says_what_a_person_should_know_of_a_film(tmp_path: Path) -> None:
    plain = make_film(tmp_path / "plain.mkv", frames=20, codec="ffv1")
    combed, lost = tmp_path / "combed.mp4", tmp_path / "lost.h264"
    words = "-vf interlace=scan=bff -c:v libx264 -flags +ildct+ilme -x264-params bff=1"
    ffmpeg("-i", plain, *words.split(), combed)
    ffmpeg("-i", plain, "-c:v", "libx264", lost)
    work = Workspace.create(tmp_path / "work", [combed], [lost])
    for side, says in (("source", "interlaced, bottom field first"), ("target", "lacks times")):
        heard = Heard()
        Extract().run(work.on(side), heard)
        assert len(heard.warnings) == 1 and says in heard.warnings[0]
    heard = Heard()
    Extract(deinterlace="flagged").run(work.on("source"), heard)
    assert not heard.warnings
    assert FrameIndex.load(work.require("source/frames")).clips[0].deinterlaced == "flagged"

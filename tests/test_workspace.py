import os

import pytest

from faceswap.artefacts import ARTEFACTS
from faceswap.errors import BadMedia, BadOption, MissingArtefact
from faceswap.workspace import Workspace


@pytest.fixture
def films(tmp_path):
    for name in ("face.mp4", "film.mp4"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path / "face.mp4", tmp_path / "film.mp4"


@pytest.fixture
def work(tmp_path, films):
    return Workspace.create(tmp_path / "job", [films[0]], [films[1]])


def test_new_brings_the_films_and_leaves_the_given_ones(work, films):
    assert (work.root / "source/media/face.mp4").read_bytes() == b"face.mp4"
    assert (work.root / "target/media/film.mp4").read_bytes() == b"film.mp4"
    assert all(film.exists() for film in films)
    assert Workspace.open(work.root) == work


def test_several_films_keep_the_order_they_were_given_in(tmp_path, films):
    work = Workspace.create(tmp_path / "job", [films[1], films[0]], [films[1]])
    names = sorted(p.name for p in (work.root / "source/media").iterdir())
    assert names == ["000_film.mp4", "001_face.mp4"]


def test_a_folder_of_images_is_brought_whole(tmp_path, films):
    images = tmp_path / "images"
    images.mkdir()
    (images / "1.png").write_bytes(b"1")
    work = Workspace.create(tmp_path / "job", [images], [films[1]])
    assert (work.root / "source/media/images/1.png").read_bytes() == b"1"


def test_new_in_a_folder_that_is_not_empty_is_refused(tmp_path, films):
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "mine.txt").write_text("mine")
    with pytest.raises(BadOption, match="is not empty"):
        Workspace.create(tmp_path / "job", [films[0]], [films[1]])
    assert (tmp_path / "job" / "mine.txt").read_text() == "mine"


def test_new_in_an_empty_folder_is_fine(tmp_path, films):
    (tmp_path / "job").mkdir()
    Workspace.create(tmp_path / "job", [films[0]], [films[1]])
    assert (tmp_path / "job" / "manifest.json").exists()


def test_new_in_place_of_a_file_is_refused(tmp_path, films):
    (tmp_path / "job").write_text("mine")
    with pytest.raises(BadOption, match="is a file"):
        Workspace.create(tmp_path / "job", [films[0]], [films[1]])
    assert (tmp_path / "job").read_text() == "mine"


def test_new_in_the_directory_one_is_in_asks_for_a_name(tmp_path, films, monkeypatch):
    from pathlib import Path

    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(BadOption, match="name a directory"):
        Workspace.create(Path("."), [films[0]], [films[1]])


def test_missing_media_leave_no_workspace_behind(tmp_path, films):
    with pytest.raises(BadMedia, match=r"nowhere\.mp4 is not there"):
        Workspace.create(tmp_path / "job", [films[0]], [tmp_path / "nowhere.mp4"])
    assert not (tmp_path / "job").exists()


def test_open_without_a_manifest_says_how_to_make_one(tmp_path):
    with pytest.raises(MissingArtefact, match="faceswap new"):
        Workspace.open(tmp_path / "job")


def test_a_side_and_a_qualified_name_are_the_same_place(work):
    assert work.on("target").path("frames") == work.path("target/frames")
    assert work.on("target").path("source/frames") == work.path("source/frames")
    assert work.on("target").path("model") == work.path("model") == work.root / "model"


def test_no_two_artefacts_lie_at_the_same_place(work):
    places = {work.on("source").path(name) for name in ARTEFACTS}
    assert len(places) == len(ARTEFACTS)
    assert all(place.is_relative_to(work.root) for place in places)


def test_require_names_the_stage_that_makes_it(work):
    with pytest.raises(MissingArtefact, match="run `faceswap detect"):
        work.on("source").require("faces")


def test_making_a_file_puts_it_in_place_when_all_went_well(work):
    side = work.on("source")
    with side.making("frames") as partial:
        partial.write_text("{}")
        assert not side.exists("frames")
    assert side.path("frames").read_text() == "{}"
    assert not side.partial("frames").exists()


def test_making_that_fails_leaves_the_partial_and_the_old_one(work):
    side = work.on("source")
    with side.making("frames") as partial:
        partial.write_text("old")
    with pytest.raises(RuntimeError), side.making("frames") as partial:
        partial.write_text("half")
        raise RuntimeError
    assert side.path("frames").read_text() == "old"
    assert side.partial("frames").read_text() == "half"


def test_making_a_folder_again_replaces_it_whole(work):
    side = work.on("source")
    for name in ("first", "second"):
        with side.making("crops") as folder:
            (folder / name).write_text(name)
    assert [p.name for p in side.path("crops").iterdir()] == ["second"]
    assert sorted(p.name for p in (work.root / "source").iterdir()) == ["faces", "media"]


def test_a_folder_that_is_gone_on_with_keeps_what_is_in_it(work):
    side = work.on("source")
    with pytest.raises(RuntimeError), side.making("crops") as folder:
        (folder / "first").write_text("1")
        raise RuntimeError
    with side.making("crops") as folder:
        assert (folder / "first").exists()


def test_the_output_has_one_ending_at_a_time(work):
    for suffix in (".mp4", ".mkv", ""):
        with work.making("output", suffix) as partial:
            partial.write_text(suffix)
        assert work.path("output") == work.root / f"output{suffix}"
        assert [p.name for p in work.root.glob("output*")] == [f"output{suffix}"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_one_line(work):
    from faceswap.errors import FaceswapError

    (work.root / "source").chmod(0o500)
    try:
        with (
            pytest.raises(FaceswapError, match="may not be written"),
            work.on("source").making("frames") as partial,
        ):
            partial.write_text("{}")
    finally:
        (work.root / "source").chmod(0o700)

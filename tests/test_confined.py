import os

import pytest

from faceswap.errors import Damaged
from faceswap.storage import confined
from faceswap.workspace import Workspace


@pytest.fixture
def work(tmp_path):
    (tmp_path / "job" / "source").mkdir(parents=True)
    (tmp_path / "job" / "manifest.json").write_text("{}")
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "others").mkdir()
    return tmp_path / "job"


def test_files_and_folders_of_its_own_are_let_be(work):
    (work / "source" / "again").symlink_to("../manifest.json")
    confined.check(work)
    Workspace.open(work)


def test_the_workspace_itself_may_be_a_link(work, tmp_path):
    (tmp_path / "link").symlink_to(work)
    Workspace.open(tmp_path / "link")


@pytest.mark.parametrize("to", ["/etc/passwd", "../../secret", "../../others", "../../not-there"])
def test_links_that_lead_out_are_refused(work, to):
    (work / "source" / "frames.json").symlink_to(to)
    with pytest.raises(Damaged, match=r"frames\.json leads out of"):
        Workspace.open(work)


def test_a_folder_that_contains_itself_is_refused(work):
    (work / "source" / "loop").symlink_to(".")
    with pytest.raises(Damaged, match="is a link to a folder"):
        confined.check(work)
    (work / "source" / "loop").unlink()
    (work / "round").symlink_to("round")
    with pytest.raises(Damaged, match="round"):
        confined.check(work)


def test_folders_of_images_are_brought_in_without_what_leads_out_of_them(work, tmp_path, media):
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "1.png").write_bytes((media / "astronaut.png").read_bytes())
    (folder / "2.png").symlink_to("1.png")
    Workspace.create(tmp_path / "good", [folder], [folder])
    Workspace.open(tmp_path / "good")
    for to in ("/etc/passwd", "."):
        (folder / "3.png").symlink_to(to)
        with pytest.raises(Damaged, match=r"3\.png"):
            Workspace.create(tmp_path / "bad", [folder], [folder])
        (folder / "3.png").unlink()


def test_pipes_are_refused(work):
    os.mkfifo(work / "lock")
    with pytest.raises(Damaged, match="neither a file nor a folder"):
        confined.check(work)

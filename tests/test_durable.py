import pytest

from faceswap.storage import durable


def test_write_replaces_the_whole_file_and_leaves_no_draft(tmp_path):
    path = tmp_path / "a.json"
    durable.write(path, b"long, long ago")
    durable.write(path, b"now")
    assert path.read_bytes() == b"now"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_write_that_fails_keeps_the_old_file(tmp_path):
    path = tmp_path / "a.json"
    durable.write(path, b"old")
    with pytest.raises(TypeError):
        durable.write(path, "text")
    assert path.read_bytes() == b"old"


def test_publish_puts_a_file_in_the_place_of_another(tmp_path):
    (tmp_path / "new").write_text("new")
    (tmp_path / "final").write_text("old")
    durable.publish(tmp_path / "new", tmp_path / "final")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("final", "new")]


@pytest.mark.parametrize("old_is_folder", [True, False])
def test_publish_puts_a_folder_in_the_place_of_anything(tmp_path, old_is_folder):
    (tmp_path / "new" / "deep").mkdir(parents=True)
    (tmp_path / "new" / "deep" / "a").write_text("a")
    if old_is_folder:
        (tmp_path / "final").mkdir()
        (tmp_path / "final" / "b").write_text("b")
    else:
        (tmp_path / "final").write_text("b")
    durable.publish(tmp_path / "new", tmp_path / "final")
    assert [p.relative_to(tmp_path).as_posix() for p in sorted(tmp_path.rglob("*"))] == [
        "final",
        "final/deep",
        "final/deep/a",
    ]


def test_publish_goes_on_after_a_kill_between_its_two_renames(tmp_path):
    for name in ("new", "final.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text(name)
    durable.publish(tmp_path / "new", tmp_path / "final")
    assert [p.relative_to(tmp_path).as_posix() for p in sorted(tmp_path.rglob("*"))] == [
        "final",
        "final/new",
    ]


def test_remove_takes_anything_and_does_not_follow_links(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").write_text("a")
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    durable.remove(tmp_path / "link")
    assert (tmp_path / "folder" / "a").exists()
    durable.remove(tmp_path / "folder" / "a")
    durable.remove(tmp_path / "folder")
    durable.remove(tmp_path / "folder")
    assert not list(tmp_path.iterdir())


def test_what_a_kill_took_out_of_its_place_is_brought_back(tmp_path):
    for name in ("model.old", "swapped.old", "swapped"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text(name)
    durable.recover(tmp_path)
    found = {p.relative_to(tmp_path).as_posix(): p.read_text() for p in tmp_path.rglob("a")}
    # The new one was whole already where there is one.
    assert found == {"model/a": "model.old", "swapped/a": "swapped"}


def test_what_is_set_aside_takes_the_place_of_nothing(tmp_path):
    for number in range(3):
        (tmp_path / "frames").mkdir()
        (tmp_path / "frames" / "edited").write_text(str(number))
        durable.set_aside(tmp_path / "frames", tmp_path / "frames.before")
    found = {p.parent.name: p.read_text() for p in tmp_path.rglob("edited")}
    assert found == {"frames.before": "0", "frames.before.2": "1", "frames.before.3": "2"}


def test_appended_lines_come_after_those_before(tmp_path):
    for line in (b"one\n", b"two\n"):
        durable.append(tmp_path / "lines", line)
    assert (tmp_path / "lines").read_bytes() == b"one\ntwo\n"

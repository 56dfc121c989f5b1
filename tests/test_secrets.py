"""What the environment holds is nobody's business: it is neither written down nor said."""

import cli

SECRET = "hunter2-is-no-word-of-any-library"


def test_no_file_and_no_line_holds_the_environment(tmp_path, short_clip, other_clip, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("FACESWAP_SIGNING_KEY", SECRET)
    clip, work = short_clip(other_clip, 6, 240), tmp_path / "job"
    films = ["--source", str(clip), "--target", str(clip), "--no-consent-record"]
    assert cli.main(["new", str(work), *films]) == 0
    assert cli.main(["run", str(work), "-v", "--until", "people"]) == 0
    files = [path for path in work.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]


def test_no_traceback_holds_the_environment(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("FACESWAP_SIGNING_KEY", SECRET)
    assert cli.main(["status", str(tmp_path), "-v"]) == 3
    (tmp_path / "manifest.json").write_text("{")
    assert cli.main(["options", str(tmp_path), "train", "-v"]) in (0, 3)
    said = "".join(capfd.readouterr())
    assert "Traceback" in said
    assert SECRET not in said

import json
import os
import subprocess
import sys

import pytest

import cli
from faceswap.workspace import Workspace

NONE = "--no-consent-record"
ALL = ["extract", "detect", "people", "align", "warp", "train", "convert", "merge"]


@pytest.fixture
def faceswap(capsys):
    """Runs a command in this process; gives exit code, stdout and stderr."""

    def run(*words):
        code = cli.main([str(word) for word in words])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return run


@pytest.fixture
def work(tmp_path, short_clip, talking_clip):
    clip = short_clip(talking_clip, 4, 160)
    return Workspace.create(tmp_path / "job", [clip], [clip]).root


def files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def test_new_makes_a_workspace_and_says_what_next(faceswap, tmp_path, short_clip, talking_clip):
    clip = short_clip(talking_clip, 4, 160)
    job = tmp_path / "job"
    code, out, err = faceswap("new", job, "--source", clip, "--target", clip, NONE)
    assert (code, err) == (0, "")
    assert f"faceswap run {job}" in out
    assert (job / "source/media" / clip.name).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status"], "Missing argument"),
        (["trian"], "trian"),
        (["align", "job", "--sise", "128"], "--sise"),
        (["align", "job", "--size", "big"], "not a valid integer"),
        (["align", "job", "--side", "middle"], "middle"),
        (["new", "job"], "--source"),
        (["run", "job", "--iteratoins", "5"], "--iteratoins"),
        (["models", "lite", "more"], "unexpected"),
    ],
)
def test_a_wrong_command_line_is_2(faceswap, words, said):
    code, out, err = faceswap(*words)
    assert (code, out) == (2, "")
    assert said in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["align", "JOB", "--size", "3"], "size is 64 to 2048, not 3"),
        (["align", "JOB", "--coverage", "body"], "one of face, head, not 'body'"),
        (["run", "JOB", "--until", "mrege"], "no stage `mrege`"),
        (["run", "JOB", "--from", "merge", "--until", "align"], "comes before"),
        (["options", "JOB", "mrege"], "no `mrege` among stages"),
        (["models", "lighter"], "no `lighter` among models"),
        (["train", "JOB", "--minutes", "nan"], "takes float"),
        (["train", "JOB", "--set", "size=63"], "one of"),
        (["run", "JOB", "--model", "lighter"], "no `lighter` among models"),
        (["run", "JOB", "--until", "extract", "--precision", "rough"], "one of auto"),
    ],
)
def test_a_wrong_value_is_2_in_one_line_with_what_is_allowed(faceswap, work, words, said):
    code, out, err = faceswap(*(work if word == "JOB" else word for word in words))
    assert (code, out) == (2, "")
    assert said in err and err.startswith("error: ") and err.count("\n") == 1


@pytest.mark.parametrize(
    "text", ["[algin]\nsize = 128\n", "[align]\nsise = 128\n", "[align]\nsize = 3\n", "[align"]
)
def test_a_wrong_file_of_options_is_2_and_nothing_runs(faceswap, work, text):
    (work / "faceswap.toml").write_text(text)
    before = files(work)
    code, _, err = faceswap("run", work, "--until", "align")
    assert code == 2
    assert err.startswith("error: ") and err.count("\n") == 1
    assert [name for name in files(work) if name != "lock"] == before


def test_a_wrong_environment_variable_is_2(faceswap, work, monkeypatch):
    monkeypatch.setenv("FACESWAP_ALIGN_SIZE", "huge")
    code, _, err = faceswap("align", work)
    assert code == 2
    assert "FACESWAP_ALIGN_SIZE: size takes int, not 'huge'" in err


@pytest.mark.parametrize("words", [["run"], ["status"], ["align"], ["options", "align"]])
def test_no_workspace_is_3_and_says_how_to_make_one(faceswap, tmp_path, words):
    place = tmp_path / "nowhere"
    code, out, err = faceswap(words[0], place, *words[1:])
    assert (code, out) == (3, "")
    assert f"faceswap new {place}" in err and err.count("\n") == 1
    assert not place.exists()


def test_a_stage_before_its_time_is_3_and_names_the_one_before(faceswap, work):
    code, _, err = faceswap("align", work)
    assert code == 3
    assert "run `faceswap extract" in err


def test_a_missing_film_is_3_and_leaves_nothing(faceswap, tmp_path, talking_clip):
    code, _, err = faceswap(
        "new", tmp_path / "job", NONE, "--source", talking_clip, "--target", tmp_path / "no.mp4"
    )
    assert code == 3
    assert "no.mp4" in err and err.count("\n") == 1
    assert files(tmp_path) == []


@pytest.mark.parametrize("data", [b"no film at all\n", b""])
def test_a_text_named_mp4_is_3_and_leaves_nothing_half_written(
    faceswap, tmp_path, talking_clip, data
):
    (tmp_path / "text.mp4").write_bytes(data)
    words = (NONE, "--source", talking_clip, "--target", tmp_path / "text.mp4")
    code, _, err = faceswap("new", tmp_path / "job", *words)
    assert code == 3
    assert "text.mp4" in err and err.count("\n") == 1
    assert files(tmp_path) == ["text.mp4"]


def test_a_film_damaged_after_new_is_3_in_extract(faceswap, work):
    film = next((work / "target/media").iterdir())
    film.unlink()
    film.write_text("no film any more\n")
    code, _, err = faceswap("extract", work)
    assert code == 3
    assert film.name in err and err.count("\n") == 1
    assert not (work / "target/frames.json").exists()


def test_a_damaged_manifest_is_3(faceswap, work):
    (work / "manifest.json").write_text("{")
    code, _, err = faceswap("status", work)
    assert code == 3
    assert "is no manifest" in err and err.count("\n") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into a read-only directory")
def test_a_read_only_directory_is_3_in_one_line(faceswap, work):
    work.chmod(0o500)
    try:
        code, _, err = faceswap("extract", work)
    finally:
        work.chmod(0o700)
    assert code == 3
    assert "may not be written" in err and err.count("\n") == 1


def test_status_of_a_new_workspace_is_all_missing(faceswap, work):
    code, out, _ = faceswap("status", work)
    lines = out.splitlines()
    assert code == 0
    assert [line.split()[0] for line in lines if "source" not in line] == ALL
    assert all("missing" in line for line in lines)


def test_extract_runs_once_and_is_fresh_then(faceswap, work):
    code, out, err = faceswap("extract", work)
    assert (code, err) == (0, "")
    assert [line.split(":")[0] for line in out.splitlines()] == ["extract source", "extract target"]
    made = (work / "source/frames.json").stat().st_mtime_ns
    code, out, _ = faceswap("extract", work)
    assert code == 0
    assert out.count("(fresh)") == 2
    assert (work / "source/frames.json").stat().st_mtime_ns == made


def test_one_side_only(faceswap, work):
    code, out, _ = faceswap("extract", work, "--side", "target")
    assert code == 0
    assert "source" not in out
    assert not (work / "source/frames.json").exists()


def test_force_runs_what_is_fresh(faceswap, work):
    faceswap("extract", work)
    code, out, _ = faceswap("extract", work, "--force")
    assert code == 0
    assert "(fresh)" not in out


def test_until_stops_and_a_dry_run_does_nothing(faceswap, work):
    before = files(work)
    code, out, _ = faceswap("run", work, "--until", "detect", "--dry-run")
    assert code == 0
    assert [line.split()[:2] for line in out.splitlines()] == [
        [stage, side] for stage in ("extract", "detect") for side in ("source", "target")
    ]
    assert files(work) == before
    code, _, _ = faceswap("run", work, "--until", "extract")
    assert code == 0
    assert not (work / "source/faces.jsonl").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["extract", "JOB"],
        ["status", "JOB"],
        ["options", "JOB", "align"],
        ["models"],
        ["models", "lite"],
        ["run", "JOB", "--dry-run"],
    ],
)
def test_json_is_one_object_a_line(faceswap, work, words):
    code, out, _ = faceswap(*(work if word == "JOB" else word for word in words), "--json")
    assert code == 0
    records = [json.loads(line) for line in out.splitlines()]
    assert records and all(isinstance(record, dict) for record in records)


def test_quiet_says_nothing_of_success(faceswap, work):
    assert faceswap("extract", work, "-q") == (0, "", "")


def test_options_say_where_each_value_comes_from(faceswap, work, monkeypatch):
    (work / "faceswap.toml").write_text("[source.align]\nsize = 128\n")
    monkeypatch.setenv("FACESWAP_ALIGN_MIN_FACE", "9")
    code, out, _ = faceswap("options", work, "align")
    rows = [line.split() for line in out.splitlines()]
    assert code == 0
    assert ["source", "size", "128", "[source.align]"] in rows
    assert ["target", "size", "256", "default"] in rows
    assert ["target", "min_face", "9", "FACESWAP_ALIGN_MIN_FACE"] in rows


def test_verbose_says_which_option_changed(faceswap, work):
    faceswap("extract", work)
    _, _, err = faceswap("extract", work, "--every", "2", "-v")
    assert "extract source: every was 1, is 2" in err


def test_verbose_shows_the_traceback_of_an_error(tmp_path, capsys):
    assert cli.main(["status", str(tmp_path / "nowhere"), "-v"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_models_are_listed_with_what_they_are(faceswap):
    code, out, _ = faceswap("models")
    assert code == 0
    assert out.startswith("lite ") or "\nlite " in out


def test_the_installed_program_ends_with_the_codes_too(tmp_path):
    """In a process of its own, as a shell sees it."""
    for words, code in ((["--version"], 0), (["trian"], 2), (["status", str(tmp_path)], 3)):
        command = [sys.executable, "-c", "import sys, cli; sys.exit(cli.main())", *words]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == code
        assert "Traceback" not in done.stderr


def test_a_closed_pipe_is_no_bug(work):
    """`faceswap status | head -0`."""
    command = [sys.executable, "-c", "import sys, cli; sys.exit(cli.main())", "status", str(work)]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert "a bug" not in done.stderr and "Traceback" not in done.stderr


@pytest.mark.skipif(not os.path.isdir("/sys/kernel"), reason="needs Linux")
def test_a_place_where_not_even_root_may_write_is_3_in_one_line(faceswap, talking_clip):
    code, _, err = faceswap(
        "new", "/sys/kernel/job", NONE, "--source", talking_clip, "--target", talking_clip
    )
    assert code == 3
    assert "/sys/kernel" in err and err.count("\n") == 1

"""`faceswap new` asks who consented, on a terminal; elsewhere it has to be told."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import cli
from faceswap.provenance import consent
from test_consent import RECORD


@pytest.fixture
def words(tmp_path: Path, short_clip: Callable[..., Path], talking_clip: Path) -> list[str]:
    film = str(short_clip(talking_clip, 4, 160))
    return ["new", str(tmp_path / "job"), "--source", film, "--target", film]


def at_a_terminal(words: list[str], answers: list[tuple[str, str]]) -> tuple[int, str]:
    """Runs the program at a terminal of its own, answering each question when it is asked."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cli", *words]
    pipes = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    with subprocess.Popen(command, start_new_session=True, **pipes) as process:
        os.close(theirs)
        said, left, end = "", list(answers), time.monotonic() + 60
        while time.monotonic() < end:
            ready, _, _ = select.select([ours], [], [], 1)
            try:
                said += os.read(ours, 4096).decode() if ready else ""
            except OSError:
                break
            while left and said.rpartition("\n")[2].startswith(left[0][0]) and said.endswith(": "):
                os.write(ours, (left.pop(0)[1] + "\n").encode())
                said += "\n"
        os.close(ours)
        return process.wait(10), said


def test_a_terminal_is_asked_and_what_is_no_answer_asked_again(
    words: list[str], tmp_path: Path
) -> None:
    code, said = at_a_terminal(
        words,
        [
            ("Whose face is put in", "Ada Quelle"),
            ("Who gave consent", ""),
            ("Whose face is replaced", "Ben Ziel"),
            ("Who gave consent", "Cleo Ziel"),
            ("For which use", "a birthday film"),
            ("Until when", "soon"),
            ("Until when", "2099-12-31"),
        ],
    )
    assert code == 0, said
    assert "write a day as in" in said and "is ready" in said
    record = consent.read(tmp_path / "job" / "consent.toml")
    assert record.source and record.source.consent_by == "Ada Quelle"
    assert record.target and record.target.consent_by == "Cleo Ziel"
    entry = json.loads((tmp_path / "job" / "manifest.json").read_text())["artefacts"]["consent"]
    assert entry["options"]["use"] == "a birthday film" and entry["stage"] == "new"


def test_breaking_off_a_question_leaves_nothing(words: list[str], tmp_path: Path) -> None:
    code, said = at_a_terminal(words, [("Whose face is put in", "\x04")])
    assert code == 130 and "Traceback" not in said
    assert not (tmp_path / "job").exists()


def test_without_a_terminal_it_is_2_and_says_which_options(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 2
    said = capsys.readouterr().err
    assert "--consent-file FILE" in said and "--no-consent-record" in said
    assert said.count("\n") == 1 and not (tmp_path / "job").exists()


def test_a_record_in_a_file_is_taken_as_it_is(words: list[str], tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(RECORD.replace("{more}", "# agreed by telephone"))
    assert cli.main([*words, "--consent-file", str(path)]) == 0
    assert (tmp_path / "job" / "consent.toml").read_bytes() == path.read_bytes()


def test_a_choice_of_no_record_is_recorded(words: list[str], tmp_path: Path) -> None:
    assert cli.main([*words, "--no-consent-record"]) == 0
    assert not consent.read(tmp_path / "job" / "consent.toml").recorded
    manifest = json.loads((tmp_path / "job" / "manifest.json").read_text())
    assert manifest["artefacts"]["consent"]["options"]["recorded"] is False


def test_a_record_that_is_none_is_3_and_leaves_nothing(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.toml").write_text("use = 3")
    assert cli.main([*words, "--consent-file", str(tmp_path / "mine.toml")]) == 3
    assert "is no record of consent" in capsys.readouterr().err
    assert not (tmp_path / "job").exists()

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from faceswap.errors import BadOption, NoConsent
from faceswap.provenance import consent
from faceswap.provenance.consent import Consent, Published, given, hold, published, read, valid

TODAY = date.today()
RECORD = """
use = "a birthday film for the family"
until = 2099-12-31
{more}
[source]
person = "Ada Quelle"
consent_by = "Ada Quelle"
[target]
person = "Ben Ziel"
consent_by = "Cleo Ziel"
"""


def record(folder: Path, more: str = "", text: str = RECORD) -> Path:
    path = folder / "mine.toml"
    path.write_text(text.replace("{more}", more), encoding="utf-8")
    return path


def test_a_file_is_taken_as_it_is(tmp_path: Path) -> None:
    path = record(tmp_path)
    assert given(path) == path.read_bytes()
    said = read(path)
    assert said.target and said.target.consent_by == "Cleo Ziel"
    assert said.until == date(2099, 12, 31) and said.recorded


def test_what_is_published_names_nobody_unless_that_was_agreed_to(tmp_path: Path) -> None:
    public = published(record(tmp_path))
    assert (public.use, public.until) == ("a birthday film for the family", "2099-12-31")
    assert public.source is None and public.target is None and len(public.sha256) == 64
    named = published(record(tmp_path, "publish_names = true"))
    assert named.source and named.source.person == "Ada Quelle"
    assert named.sha256 != public.sha256


def test_without_a_film_nobody_is_asked_whose_face_is_replaced(tmp_path: Path) -> None:
    answers = iter(["Ada Quelle", "Ada Quelle", "new faces", "2099-01-02"])
    path = tmp_path / "consent.toml"
    path.write_bytes(given(ask=lambda *_: next(answers), film=False))
    assert read(path, film=False).target is None
    assert published(path, film=False).recorded
    with pytest.raises(NoConsent, match="does not say target"):
        read(path)
    with pytest.raises(NoConsent, match="does not say target"):
        given(path)


def test_no_record_is_said_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / "consent.toml"
    assert published(path) == Published(False, note="no record was kept")
    path.write_bytes(given(no_consent_record=True))
    assert read(path) == Consent(recorded=False)
    assert "chose" in published(path).note


def test_answers_of_a_terminal_make_a_record(tmp_path: Path) -> None:
    answers = iter(
        ["", 'Ada "A" Quelle', "Ada Quelle", "Ben Ziel", "Cleo \\ Ziel", "a film", "2099-01-02"]
    )
    asked: list[tuple[str, str | None]] = []

    def ask(question: str, like: str | None) -> str:
        asked.append((question, like))
        return next(answers)

    path = tmp_path / "consent.toml"
    path.write_bytes(given(ask=ask))
    said = read(path)
    assert said.source and said.source.person == 'Ada "A" Quelle'
    assert said.target and said.target.consent_by == "Cleo \\ Ziel"
    assert asked[1][0].endswith(f"\n{asked[0][0]}") and "not empty" in asked[1][0]
    assert asked[2] == ("Who gave consent for that", 'Ada "A" Quelle') and len(asked) == 7
    # Without it, the published digest would tell whether a guessed name is in the record.
    assert len(said.nonce) == 32 and said.nonce not in str(published(path))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({}, "--consent-file FILE"),
        ({"consent_file": Path("x"), "no_consent_record": True}, "give one"),
    ],
)
def test_nothing_or_too_much_said_is_a_wrong_command_line(
    how: dict[str, object], said: str
) -> None:
    with pytest.raises(BadOption, match=said):
        given(**how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("until = [", "is no record"),
        ('use = "x"', "does not say source and target and until"),
        (RECORD.replace("2099-12-31", '"some day"'), "is no record"),
        (RECORD.replace("Ada Quelle", "A" * 201), "is no record"),
        (RECORD.replace("Ada Quelle", "\\u001b[2J"), "control characters"),
        (RECORD.replace("Ada Quelle", " "), "empty text"),
        (RECORD + "\nmood = 3\n", "is no record"),
        (RECORD.replace("{more}", "recorded = false"), "says both"),
        ("recorded = 3", "is no record"),
        ("a = " + "[" * 5000, "is no record"),
        ("x" * 20_000, "longer than"),
        (RECORD.replace("2099", "2001"), "ran out on 2001-12-31"),
    ],
)
def test_what_is_no_record_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(NoConsent, match=said) as caught:
        given(record(tmp_path, text=text))
    assert "\n" not in str(caught.value).partition(":")[0]


def test_bytes_that_are_no_text_and_no_file_at_all_are_refused(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    for name in ("b.toml", "nowhere.toml", "."):
        with pytest.raises(NoConsent):
            read(tmp_path / name)


def test_it_holds_until_the_end_of_its_last_day() -> None:
    today = consent._today()
    hold(Consent(until=today))
    with pytest.raises(NoConsent, match="ask the people again"):
        hold(Consent(until=today - timedelta(days=1)))
    hold(Consent(recorded=False))


@pytest.mark.parametrize(
    ("field", "answer"),
    [
        ("until", "soon"),
        ("until", "2001-01-01"),
        ("use", " "),
        ("use", "u" * 501),
        ("source.person", "\x1b"),
    ],
)
def test_an_answer_that_is_none_is_asked_for_again(field: str, answer: str) -> None:
    with pytest.raises(NoConsent):
        valid(field, answer)

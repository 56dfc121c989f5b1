"""consent.toml: who agreed to the swap, for which use, until when; and what of it is published."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from faceswap.errors import BadOption, NoConsent
from faceswap.storage import digests
from faceswap.storage.untrusted import decode_toml, open_file

#: Bytes a record may have, characters a name and a use.
LARGEST, NAME, USE = 16_384, 200, 500
FILE = "consent.toml"

#: Asks a question; the second is an answer that may be taken over, if there is one.
Ask = Callable[[str, str | None], str]
Name = Annotated[str, Meta(min_length=1, max_length=NAME)]


class Agreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One side's person, and who agreed for that person: the same, or say a guardian."""

    person: Name
    consent_by: Name


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What consent.toml says.

    Attributes:
        recorded: False where a person chose to keep no record; then nothing else is said.
        source: Whose face is put in.
        target: Whose face is replaced.
        use: What the film is for.
        until: The last day it holds.
        publish_names: Whether the film's credentials may name the persons.
        nonce: Anything that cannot be guessed: so the record's digest, which is published, does
            not tell whether a guessed name is in it.
    """

    recorded: bool = True
    source: Agreement | None = None
    target: Agreement | None = None
    use: Annotated[str, Meta(max_length=USE)] = ""
    until: date | None = None
    publish_names: bool = False
    nonce: Annotated[str, Meta(max_length=NAME)] = ""


class Published(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a film and its sidecar say of the consent: names only where that was agreed to."""

    recorded: bool
    note: Annotated[str, Meta(max_length=USE)] = ""
    use: Annotated[str, Meta(max_length=USE)] = ""
    until: str = ""
    sha256: str = ""
    source: Agreement | None = None
    target: Agreement | None = None


#: What is asked for on a terminal: the field, the question, and whose answer may be taken over.
QUESTIONS = (
    ("source.person", "Whose face is put in (the source)", ""),
    ("source.consent_by", "Who gave consent for that", "source.person"),
    ("target.person", "Whose face is replaced (the target)", ""),
    ("target.consent_by", "Who gave consent for that", "target.person"),
    ("use", "For which use", ""),
    ("until", "Until when (YYYY-MM-DD)", ""),
)


_ALONE = tuple(asked for asked in QUESTIONS if not asked[0].startswith("target"))


def read(path: Path, film: bool = True) -> Consent:
    """The record in a file, as it stands; of a `film`, it has to speak of the target too.

    Raises:
        NoConsent: Where there is no such file, or it is no record.
    """
    try:
        with open_file(path) as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise NoConsent(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > LARGEST:
        raise NoConsent(f"{path} is longer than the {LARGEST} bytes a record of consent may have")
    try:
        record = msgspec.convert(decode_toml(data), Consent)
    except (ValueError, RecursionError) as error:
        raise NoConsent(f"{path} is no record of consent: {error}; see docs/consent.md") from None
    _refuse_half(path, record, film)
    return record


def given(
    consent_file: Path | None = None,
    no_consent_record: bool = False,
    ask: Ask | None = None,
    film: bool = True,
) -> bytes:
    """What consent.toml is to hold: a file's content, a choice, or a terminal's answers.

    Args:
        consent_file: A record that was written before.
        no_consent_record: Whether a person chose to keep no record.
        ask: Asks a question, again until the answer is one; None: nobody is there to ask.
        film: Whether there is a target, and so somebody whose face is replaced.

    Raises:
        BadOption: Where nothing was said and nobody can be asked, or too much was said.
        NoConsent: Where the file is no record, or what was agreed to has run out.
    """
    if consent_file and no_consent_record:
        raise BadOption("--consent-file and --no-consent-record say opposite things: give one")
    if no_consent_record:
        return _text(Consent(recorded=False)).encode()
    if consent_file:
        hold(read(consent_file, film))
        return consent_file.read_bytes()
    if ask is None:
        raise BadOption(
            "say who consented to this swap, with --consent-file FILE (docs/consent.md shows one), "
            "or --no-consent-record; on a terminal you are asked"
        )
    answers: dict[str, str] = {}
    for field, question, like in QUESTIONS if film else _ALONE:
        answers[field] = _asked(ask, field, question, answers.get(like))
    return _text(_answered(answers)).encode()


def valid(field: str, answer: str) -> str:
    """The answer to one of `QUESTIONS`; raises `NoConsent` where it is none."""
    answer = answer.strip()
    if field == "until":
        try:
            day = date.fromisoformat(answer)
        except ValueError:
            raise NoConsent("write a day as in 2027-12-31") from None
        if day < _today():
            raise NoConsent(f"{day} has passed")
    elif not answer or not answer.isprintable() or len(answer) > (USE if field == "use" else NAME):
        raise NoConsent("write a line of text, not empty and not too long")
    return answer


def _asked(ask: Ask, field: str, question: str, like: str | None) -> str:
    text = question
    while True:
        try:
            return valid(field, ask(text, like))
        except NoConsent as error:
            text = f"{error}\n{question}"


def hold(consent: Consent) -> None:
    """Refuse a consent that has run out.

    Raises:
        NoConsent: With what to do.
    """
    if consent.recorded and consent.until and consent.until < _today():
        raise NoConsent(
            f"consent ran out on {consent.until}: ask the people again, and put the new date "
            f"into {FILE}"
        )


def published(path: Path, film: bool = True) -> Published:
    """What may be said in public of the record at a path; without one, that there is none."""
    if not path.exists():
        return Published(False, note="no record was kept")
    consent = read(path, film)
    if not consent.recorded:
        return Published(False, note="the maker chose to keep no record")
    named = consent.publish_names
    return Published(
        True,
        use=consent.use,
        until=str(consent.until),
        sha256=digests.of_file(path),
        source=consent.source if named else None,
        target=consent.target if named else None,
    )


def _refuse_half(path: Path, consent: Consent, film: bool) -> None:
    """Refuse a record that says too little or holds what no terminal should be shown."""
    if not consent.recorded:
        if consent != Consent(recorded=False, nonce=consent.nonce):
            raise NoConsent(f"{path} says both that there is no record and what is in it")
        return
    wanted = ("source", "target", "use", "until") if film else ("source", "use", "until")
    missing = [n for n in wanted if not getattr(consent, n)]
    if missing:
        raise NoConsent(f"{path} does not say {' and '.join(missing)}; see docs/consent.md")
    sides = [side for side in (consent.source, consent.target) if side]
    texts = [consent.use, *(text for side in sides for text in (side.person, side.consent_by))]
    if not all(text.isprintable() and text.strip() for text in texts):
        raise NoConsent(f"{path} holds an empty text or control characters: write plain text")


def _answered(answers: Mapping[str, str]) -> Consent:
    """The record that answers to all of `QUESTIONS` make."""
    source, target = (
        Agreement(answers[f"{side}.person"], answers[f"{side}.consent_by"])
        if f"{side}.person" in answers
        else None
        for side in ("source", "target")
    )
    until = date.fromisoformat(answers["until"])
    return Consent(True, source, target, answers["use"], until, nonce=secrets.token_hex(16))


def _today() -> date:
    return datetime.now(UTC).date()


def _text(consent: Consent) -> str:
    if not consent.recorded:
        return "# The maker chose to keep no record of consent.\nrecorded = false\n"
    lines = [
        "# Who agreed to this swap, for which use, until when. See docs/consent.md.",
        f"use = {_quoted(consent.use)}",
        f"until = {consent.until}",
        "# Whether the film's credentials may name the persons below.",
        f"publish_names = {str(consent.publish_names).lower()}",
        f"nonce = {_quoted(consent.nonce)}",
    ]
    for side, said in (("source", consent.source), ("target", consent.target)):
        if said is None:
            continue
        lines += ["", f"[{side}]", f"person = {_quoted(said.person)}"]
        lines += [f"consent_by = {_quoted(said.consent_by)}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    # A JSON string is a TOML basic string.
    return msgspec.json.encode(text).decode()

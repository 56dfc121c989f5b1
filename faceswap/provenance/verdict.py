"""A verdict on a file, in plain words; and what follows from one that does not hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from faceswap.errors import Unproven
from faceswap.provenance.credentials_reader import plain
from faceswap.provenance.statement import KINDS
from faceswap.provenance.verify import Signature, Verdict

#: Characters of a row at most.
WIDE = 2000
_TYPES = {
    "compositeWithTrainedAlgorithmicMedia": "a composite with media that a trained model made",
    "trainedAlgorithmicMedia": "made by a trained model",
    "digitalCapture": "captured by a camera",
    "composite": "a composite",
    "algorithmicMedia": "made by an algorithm",
}


def told(found: Verdict) -> tuple[str, dict[str, Any], list[str]]:
    """The verdict in a line for people, and for programs; and the lines below it."""
    rows = [(title, text) for title, text in _rows(found) if text]
    below = [f"  {title:10} {plain(text, WIDE)}" for title, text in rows]
    return f"{found.file}: {_headline(found)}", msgspec.to_builtins(found), below


def accept(found: Verdict) -> None:
    """Raise `Unproven` where what a file claims does not hold, or it claims nothing."""
    if not found.holds:
        nothing = (
            f"it only says `{found.comment}`" if found.comment else "it says nothing of itself"
        )
        reasons = "; ".join(found.problems) or nothing
        raise Unproven(f"{found.file}: {reasons}")


def _headline(found: Verdict) -> str:
    if found.holds:
        return "what it claims holds"
    if found.problems:
        return "what it claims does not hold"
    return "what it claims cannot be checked" if found.comment else "it claims nothing"


def _rows(found: Verdict) -> Iterator[tuple[str, str]]:
    yield "says", _kind(found)
    yield "made by", found.made_by
    yield "when", found.when
    if found.statement:
        model = found.statement.model
        yield "model", f"{model.name}, weights SHA-256 {model.sha256}" if model else ""
        for side, said in found.statement.inputs.items():
            many = f" ({said.files} files)" if said.files != 1 else ""
            yield side, f"SHA-256 {said.sha256}{many}"
        yield "consent", _consent(found)
    else:
        for part in found.made_from:
            yield "made from", part
    for part in found.made_from if found.statement else []:
        yield "history", part if "credentials of its own" in part else ""
    yield "signature", _signature(found.signature)
    for text in found.checked:
        yield "checked", text
    for text in found.problems:
        yield "problem", text
    if not found.holds and not found.problems:
        yield "note", "that proves nothing: marks can be taken away, and most files never had any"


def _kind(found: Verdict) -> str:
    names = [one.rpartition("/")[2] for one in found.source_type]
    words = "; ".join(dict.fromkeys(f"{_TYPES.get(n, n)} ({n})" for n in names))
    if found.statement and found.statement.kind in KINDS:
        return f"synthetic: {KINDS[found.statement.kind][1]}; {words}"
    return words or found.comment


def _consent(found: Verdict) -> str:
    assert found.statement is not None
    said = found.statement.consent
    if not said.recorded:
        return f"none recorded: {said.note}" if said.note else "none recorded"
    over = _over(said.until)
    names = [f"{s.person} (by {s.consent_by})" for s in (said.source, said.target) if s]
    who = f"; {', '.join(names)}" if names else ""
    return f"recorded, for: {said.use}; until {said.until}{over}{who}"


def _over(until: str) -> str:
    try:
        return ": IT HAS RUN OUT" if date.fromisoformat(until) < datetime.now(UTC).date() else ""
    except ValueError:
        return ""


def _signature(signature: Signature | None) -> str:
    if signature is None:
        return "none"
    state = "holds" if signature.holds else "does not hold"
    who = f"{signature.signer} (issued by {signature.issuer})"
    proof = {
        "local": "this machine's own certificate: it proves that nothing was changed since, and "
        "not who made it",
        "yes": "certificates you trust vouch for that name",
        "no": "nobody known here vouches for that name: it proves at most that nothing was "
        "changed since",
    }[signature.trusted]
    return f"{state} ({signature.place}); signed by {who}; {proof}"

"""What a file claims of itself, held against what it is: credentials, sidecar, comment, media."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from faceswap import manifest
from faceswap.errors import BadMedia, FaceswapError
from faceswap.provenance import local_certificate, sidecar
from faceswap.provenance.credentials import DETACHED
from faceswap.provenance.credentials_reader import (
    given_anchors,
    own_anchor,
    plain,
    read,
    wrong_codes,
)
from faceswap.provenance.statement import KINDS, LABEL, Statement
from faceswap.storage import digests
from faceswap.storage.digests import Input
from faceswap.workspace import SIDES
from faceswap.writing.copies import MARK
from faceswap.writing.image_writer import MADE, PREVIEW

#: Bytes at both ends of a file in which its comment is looked for.
ENDS = 1 << 20
#: In words, what the library found wrong.
_WRONG = {
    "claimSignature.mismatch": "what it claims was changed after it was signed",
    "claimSignature.missing": "its claim is not signed",
    "assertion.hashedURI.mismatch": "what it claims was changed after it was signed",
    "assertion.missing": "a part of what it claims was taken away",
    "assertion.dataHash.mismatch": "the file was changed after it was signed",
    "assertion.bmffHash.mismatch": "the file was changed after it was signed",
    "assertion.boxesHash.mismatch": "the file was changed after it was signed",
    "signingCredential.expired": "the certificate had ended when it was signed",
    "signingCredential.invalid": "the certificate may not sign such claims",
    "signingCredential.revoked": "the certificate was withdrawn",
}
_UNTRUSTED = "signingCredential.untrusted"


class Signature(msgspec.Struct, frozen=True):
    """Who signed the credentials, and whether they hold.

    Attributes:
        place: `embedded` or `detached`.
        holds: Whether claims and content are those that were signed.
        signer: The name in the certificate, and who issued it.
        trusted: `local` for this machine's own certificate, `yes` where the certificates that
            were given vouch for it, else `no`.
        wrong: The library's words for what is wrong.
    """

    place: str
    holds: bool
    signer: str
    issuer: str
    trusted: str
    wrong: list[str]


class Verdict(msgspec.Struct):
    """What a file claims, and what was found of that.

    Attributes:
        holds: Whether it claims anything, and all that could be looked at holds.
        source_type: IPTC's digital source type, or types, that it claims.
        made_by: Program and version.
        when: When it claims to have been made; empty where it does not say.
        statement: All it says where faceswap made it.
        made_from: What its credentials name as ingredients, in words.
        comment: What faceswap's comment in its metadata says; empty where there is none.
        sidecar: Name of the sidecar that belongs to it.
        checked: What was held against it, and agreed.
        problems: What does not hold.
    """

    file: str
    holds: bool = False
    source_type: list[str] = []
    made_by: str = ""
    when: str = ""
    signature: Signature | None = None
    statement: Statement | None = None
    made_from: list[str] = []
    comment: str = ""
    sidecar: str = ""
    checked: list[str] = []
    problems: list[str] = []


def verify(
    file: Path, workspace: Path | None = None, trust: Path | None = None, config: str = ""
) -> Verdict:
    """What a film or picture of any program claims, and whether it holds. Nothing is fetched.

    Args:
        file: The film or picture.
        workspace: Whose media to compare; None: the one the file lies in, if it does.
        trust: Certificates in PEM to trust, besides the machine's own.
        config: Folder of the machine's own certificate; empty: the usual one.

    Raises:
        BadMedia: Where there is no such file.
        BadCertificate: Where `trust` holds no certificates.
    """
    if not file.is_file():
        raise BadMedia(f"{file} is not there: expected a film or a picture")
    found = Verdict(file.name, comment=_comment(file))
    _look_at_credentials(found, file, own_anchor(config), given_anchors(trust))
    _look_at_sidecars(found, file)
    if found.statement:
        _look_at_media(found, found.statement, workspace or _around(file))
    claims = bool(found.signature or found.statement)
    found.holds = claims and not found.problems
    return found


def _look_at_credentials(found: Verdict, file: Path, own: str, given: str) -> None:
    beside = file.with_name(file.name + DETACHED)
    try:
        told = read(file, beside, own + given)
    except FaceswapError as error:
        found.problems.append(str(error))
        return
    if not told:
        return
    place = "detached" if told["detached"] else "embedded"
    claim = told["manifests"].get(told.get("active_manifest"), {})
    info = claim.get("signature_info") or {}
    wrong = [w for w in wrong_codes(told) if w != _UNTRUSTED]
    holds = told.get("validation_state") in ("Valid", "Trusted") and not wrong
    trusted = "no"
    if told.get("validation_state") == "Trusted":
        trusted = "local" if _local(info) and own else "yes"
    found.signature = Signature(
        place, holds, plain(info.get("common_name")), plain(info.get("issuer")), trusted, wrong
    )
    if not holds:
        words = dict.fromkeys(
            _WRONG.get(code, f"its credentials do not hold ({code})") for code in wrong
        )
        found.problems += list(words) or ["its credentials do not hold"]
    _take_claim(found, claim)


def _take_claim(found: Verdict, claim: dict[str, Any]) -> None:
    """Takes over what an active manifest says."""
    makers = [maker for maker in _list(claim, "claim_generator_info") if isinstance(maker, dict)]
    found.made_by = plain(
        " ".join(str(m.get(k, "")) for m in makers[:1] for k in ("name", "version"))
    )
    found.when = plain((claim.get("signature_info") or {}).get("time"))
    for assertion in _list(claim, "assertions"):
        data = assertion.get("data") if isinstance(assertion, dict) else None
        if not isinstance(data, dict):
            continue
        label = str(assertion.get("label"))
        if label.startswith("c2pa.actions"):
            actions = [a for a in _list(data, "actions") if isinstance(a, dict)]
            found.source_type += [
                plain(a["digitalSourceType"]) for a in actions if "digitalSourceType" in a
            ]
            found.when = found.when or next((plain(a["when"]) for a in actions if "when" in a), "")
        if label == LABEL:
            found.statement = _statement(found, data)
    for part in _list(claim, "ingredients"):
        if isinstance(part, dict):
            signed = ", with credentials of its own" if part.get("active_manifest") else ""
            words = (plain(part.get(key)) for key in ("relationship", "title", "description"))
            found.made_from.append(" ".join(filter(None, words)) + signed)


def _statement(found: Verdict, data: dict[str, Any]) -> Statement | None:
    try:
        statement = msgspec.convert(data, Statement)
    except msgspec.ValidationError as error:
        found.problems.append(f"what it says of faceswap is of no known form: {plain(error)}")
        return None
    if statement.kind not in KINDS:
        found.problems.append(
            f"it says that it is `{plain(statement.kind)}`, which is no kind known"
        )
    return statement


def _look_at_sidecars(found: Verdict, file: Path) -> None:
    digest = digests.of_file(file)
    for path in sidecar.beside(file):
        try:
            told = sidecar.read(path)
        except FaceswapError:
            # Some other program's JSON, which says nothing of this file.
            continue
        named = {made.name.rpartition("/")[2]: made.sha256 for made in told.files}
        if digest not in named.values() and file.name not in named:
            continue
        found.sidecar = path.name
        if digest not in named.values():
            found.problems.append(
                f"{path.name} speaks of another file of this name: it was changed"
            )
        else:
            found.checked.append(f"the file is the one that {path.name} speaks of")
        _compare(found, told, path.name)
        return
    if found.comment == MARK and not found.signature:
        found.problems.append("it carries faceswap's comment, but its credentials were taken away")


def _compare(found: Verdict, told: sidecar.Sidecar, name: str) -> None:
    """Holds what a sidecar says against the credentials."""
    if found.signature is None and told.credentials != "none":
        found.problems.append(f"{name} says that it has credentials, but they were taken away")
    if found.statement is None:
        found.statement = told.statement
        found.made_by = found.made_by or plain(f"{told.statement.tool} {told.statement.version}")
        found.source_type = found.source_type or [plain(told.digital_source_type)]
    elif found.statement != told.statement:
        found.problems.append(f"{name} says something else than the credentials do")


def _look_at_media(found: Verdict, statement: Statement, work: Path | None) -> None:
    if work is None:
        return
    for side in SIDES:
        media, said = work / side / "media", statement.inputs.get(side)
        if said is None or not media.is_dir():
            continue
        if digests.of_media(media) == Input(said.sha256, said.files):
            found.checked.append(f"the {side} is the one in {work.name or work}")
        else:
            found.problems.append(f"the {side} in {work.name or work} is not what it was made from")
    try:
        entries = manifest.load(work / "manifest.json").artefacts
    except (FaceswapError, OSError):
        return
    if "output" in entries and not found.when:
        found.when = plain(entries["output"].made)


def _around(file: Path) -> Path | None:
    """The workspace that a file lies in, or in a folder of."""
    for folder in list(file.absolute().parents)[:2]:
        if (folder / "manifest.json").is_file() and (folder / "target" / "media").is_dir():
            return folder
    return None


def _local(info: dict[str, Any]) -> bool:
    return info.get("common_name") == local_certificate.SIGNER


def _comment(file: Path) -> str:
    """Faceswap's comment, where a file has one near one of its ends."""
    with file.open("rb") as data:
        head = data.read(ENDS)
        data.seek(max(0, file.stat().st_size - ENDS))
        ends = head + b"\0" + data.read(ENDS)
    return next((text for text in (MARK, PREVIEW, MADE) if text.encode() in ends), "")


def _list(data: dict[str, Any], key: str) -> Iterator[Any]:
    found = data.get(key)
    yield from found if isinstance(found, list) else ()

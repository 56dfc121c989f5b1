"""Content Credentials as the C2PA library reads them out of a file, or beside one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from faceswap.errors import BadCertificate, BadMedia
from faceswap.provenance import local_certificate
from faceswap.provenance.credentials import context

#: What comes from a stranger's file is cut to so many characters, and nothing but text is told.
LONG = 300
#: Bytes that credentials beside a file may have: chains of many films have a few megabytes.
LARGEST = 1 << 26
_BEGIN = "-----BEGIN CERTIFICATE-----"


def read(file: Path, beside: Path, anchors: str) -> dict[str, Any]:
    """What the library reads of a file's credentials; empty where there are none."""
    import c2pa

    try:
        with context(anchors) as settings, file.open("rb") as data:
            found = _reader(None, data, settings, b"")
            if found is None and beside.is_file() and beside.stat().st_size <= LARGEST:
                data.seek(0)
                octets = "application/octet-stream"
                found = _reader(octets, data, settings, beside.read_bytes())
                return {**found, "detached": True} if found else {}
            return {**found, "detached": False} if found else {}
    except c2pa.C2paError as error:
        raise BadMedia(
            f"it is damaged or cut off: no credentials can be read ({plain(error)})"
        ) from None


def _reader(form: str | None, data: Any, settings: Any, manifest: bytes) -> dict[str, Any] | None:
    """What the library tells of a file in some form; None: as its content says."""
    import c2pa

    try:
        with c2pa.Reader(form, data, manifest_data=manifest or None, context=settings) as reader:
            told = json.loads(reader.json())
    except (c2pa.C2paError.ManifestNotFound, c2pa.C2paError.NotSupported):
        return None
    return told if isinstance(told, dict) and isinstance(told.get("manifests"), dict) else None


def wrong_codes(told: dict[str, Any]) -> list[str]:
    """The codes of what is wrong with the active manifest."""
    active = (told.get("validation_results") or {}).get("activeManifest") or {}
    return list(dict.fromkeys(plain(one.get("code")) for one in active.get("failure") or []))


def own_anchor(config: str) -> str:
    """The authority of this machine's own certificate, in PEM; empty where there is none."""
    try:
        place = local_certificate.place(Path(config) if config else local_certificate.default())
        return _BEGIN + place.chain.read_text("ascii").rpartition(_BEGIN)[2]
    except (OSError, ValueError, BadCertificate):
        return ""


def given_anchors(trust: Path | None) -> str:
    """The certificates in a file that a person trusts; raises `BadCertificate` if it has none."""
    if trust is None:
        return ""
    from cryptography import x509

    try:
        data = trust.read_bytes()
        x509.load_pem_x509_certificates(data)
        return data.decode("ascii")
    except (OSError, ValueError) as error:
        raise BadCertificate(f"{trust} holds no certificates in PEM: {error}") from None


def plain(value: object, most: int = LONG) -> str:
    """A stranger's text: cut short, and without what a terminal would act upon."""
    text = "" if value is None else str(value)
    return "".join(c if c.isprintable() else " " for c in text[:most]).strip()

"""Certificates made in the tests: of every kind of key, whole and wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

KEYS = {
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "es256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "es384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ps256": lambda: rsa.generate_private_key(65537, 2048),
}


class Pair(NamedTuple):
    """Files of a chain, its key, and its authority."""

    certificate: Path
    key: Path
    authority: Path

    @property
    def options(self) -> dict[str, str]:
        return {"certificate": str(self.certificate), "private_key": str(self.key)}


def issue(
    folder: Path,
    kind: str = "ed25519",
    begin: int = -1,
    end: int = 30,
    passphrase: str = "",
    purpose: bool = True,
) -> Pair:
    """A chain valid from `begin` to `end` days from now; without `purpose` not for claims."""
    folder.mkdir(parents=True, exist_ok=True)
    top, own = KEYS[kind](), KEYS[kind]()
    leaf = _certificate("Erika Muster", own, top, begin, end, purpose)
    above = _certificate("Test Authority", top, top, begin, end, purpose)
    pem = serialization.Encoding.PEM
    locked = serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else None
    pair = Pair(folder / "chain.pem", folder / "key.pem", folder / "authority.pem")
    pair.certificate.write_bytes(leaf.public_bytes(pem) + above.public_bytes(pem))
    pair.authority.write_bytes(above.public_bytes(pem))
    pair.key.write_bytes(
        own.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, locked or serialization.NoEncryption()
        )
    )
    return pair


def _certificate(name: str, own: Any, top: Any, begin: int, end: int, purpose: bool) -> Any:
    now, root = datetime.now(UTC), own is top
    usage = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment"), False)
    usage |= dict.fromkeys(("key_agreement", "encipher_only", "decipher_only"), False)
    usage |= {"digital_signature": not root, "key_cert_sign": root, "crl_sign": root}
    built = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named("Test Authority"))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=begin))
        .not_valid_after(now + timedelta(days=end))
        .add_extension(x509.BasicConstraints(root, None), True)
        .add_extension(x509.KeyUsage(**usage), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(top.public_key()), False)
    )
    if not root:
        asked = [
            ExtendedKeyUsageOID.EMAIL_PROTECTION if purpose else ExtendedKeyUsageOID.SERVER_AUTH
        ]
        built = built.add_extension(x509.ExtendedKeyUsage(asked), False)
    return built.sign(top, None if isinstance(top, ed25519.Ed25519PrivateKey) else hashes.SHA256())


def _named(name: str) -> x509.Name:
    said = [(NameOID.ORGANIZATION_NAME, "Muster GmbH"), (NameOID.COMMON_NAME, name)]
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in said])

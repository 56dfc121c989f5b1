"""The certificate a machine signs with where the user has none: made on first use, kept private."""

from __future__ import annotations

import os
import secrets
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from faceswap.errors import BadCertificate
from faceswap.storage import durable

#: Below the user's configuration folder: one folder, so that key and certificate come together.
FOLDER, CHAIN, KEY = "signing", "certificate.pem", "private_key.pem"
#: Nobody else relies on it, so nobody has to be told when it is renewed.
DAYS = 3650
#: It is renewed so many days before it ends, so that no film is signed on its last day.
EARLY = 30
ORGANISATION, AUTHORITY, SIGNER = "faceswap", "faceswap local authority", "faceswap local signer"


class Place(NamedTuple):
    """Where the certificate chain and the private key lie."""

    chain: Path
    key: Path


def default() -> Path:
    """The user's configuration folder."""
    try:
        return Path.home() / ".config" / "faceswap"
    except RuntimeError:
        raise BadCertificate(
            "there is no home folder for the local certificate: say --config"
        ) from None


def place(config: Path) -> Place:
    """Where the local certificate lies, or will lie."""
    return Place(config / FOLDER / CHAIN, config / FOLDER / KEY)


def ensure(config: Path) -> Place:
    """The local certificate, made where there is none or where it is about to end.

    Whoever comes second takes what the first one made: the folder appears whole, by one rename.

    Raises:
        BadCertificate: Where the folder cannot be written.
    """
    found = place(config)
    try:
        if found.chain.exists() and not _ending(found.chain):
            return found
        _make(config)
    except OSError as error:
        raise BadCertificate(
            f"the local certificate cannot be kept in {config} ({error.strerror}): "
            "say --config FOLDER, or sign with --certificate and --private-key"
        ) from error
    return found


def _make(config: Path) -> None:
    config.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = config / f"{FOLDER}.{os.getpid()}.{secrets.token_hex(4)}.draft"
    draft.mkdir(mode=0o700)
    try:
        chain, key = _issued()
        _private(draft / CHAIN, chain)
        _private(draft / KEY, key)
        durable.sync(draft)
        final = config / FOLDER
        if final.exists() and (not (final / CHAIN).exists() or _ending(final / CHAIN)):
            final.rename(final.with_name(f"{FOLDER}.{secrets.token_hex(4)}.ended"))
        try:
            draft.rename(final)
        except OSError:
            if not (final / CHAIN).exists():
                raise
        durable.sync_folder(config)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _private(path: Path, data: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def _ending(chain: Path) -> bool:
    from cryptography import x509

    try:
        leaf = x509.load_pem_x509_certificates(chain.read_bytes())[0]
    except ValueError:
        return True
    return leaf.not_valid_after_utc < datetime.now(UTC) + timedelta(days=EARLY)


def _issued() -> tuple[bytes, bytes]:
    """A chain of a leaf and its authority, and the leaf's key; PEM.

    C2PA 2.2, 14.5.1: the leaf may sign and is no authority, and says what it may be used for. The
    authority's key is thrown away: no second certificate can be made with it.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    authority, signer = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    pem = serialization.Encoding.PEM
    made = [_certificate(signer, authority), _certificate(authority, authority)]
    key = signer.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return b"".join(one.public_bytes(pem) for one in made), key


def _certificate(subject: Any, issuer: Any) -> Any:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    top = subject is issuer
    # A clock that is a little behind elsewhere must not make it invalid there.
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    own, above = subject.public_key(), issuer.public_key()
    built = (
        x509.CertificateBuilder()
        .subject_name(_name(AUTHORITY if top else SIGNER))
        .issuer_name(_name(AUTHORITY))
        .public_key(own)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=top, path_length=0 if top else None), True)
        .add_extension(_usage(top), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False)
    )
    if not top:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        built = built.add_extension(purpose, critical=False)
    return built.sign(issuer, None)


def _name(common: str) -> Any:
    # No user's and no machine's name: a film must not tell whose machine it was made on.
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION)
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(authority: bool) -> Any:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )

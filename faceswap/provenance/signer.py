"""Signer: a certificate chain and its key, checked, and what signs with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from faceswap.errors import BadCertificate, BadOption
from faceswap.provenance import local_certificate

#: Bytes a chain or a key may have: far more than any has.
LARGEST = 1 << 18
#: The environment name of the key's passphrase, for what an error says to do.
PASSPHRASE = "FACESWAP_MERGE_KEY_PASSPHRASE"
#: Bits of RSA that C2PA asks for at least.
RSA_BITS = 2048


@dataclass(frozen=True)
class Signer:
    """What signs Content Credentials.

    Attributes:
        chain: Certificates in PEM, the signer's own first.
        algorithm: As C2PA calls it: `ed25519`, `es256`, `es384`, `es512` or `ps256`.
        sign: Signs bytes; in the form that COSE asks for (RFC 9053).
        local: Whether it is the machine's own certificate, that nobody else trusts.
    """

    chain: str
    algorithm: str
    sign: Callable[[bytes], bytes]
    local: bool

    @property
    def anchor(self) -> str:
        """The certificate at the end of the chain, in PEM."""
        begin = "-----BEGIN CERTIFICATE-----"
        return begin + self.chain.rpartition(begin)[2]


def local_signer(config: str = "") -> Signer:
    """The machine's own signer, made on first use; `config`: the folder it is kept in."""
    place = local_certificate.ensure(Path(config) if config else local_certificate.default())
    return _signer(place.chain, place.key, "", local=True)


def own_signer(certificate: str, private_key: str, passphrase: str = "") -> Signer:
    """The user's signer, from PEM files.

    Raises:
        BadOption: Where one of the two is not given.
        BadCertificate: Where they cannot be read, do not belong together, or may not sign today.
    """
    if not certificate or not private_key:
        raise BadOption("--certificate and --private-key go together: give both, or neither")
    return _signer(Path(certificate), Path(private_key), passphrase, local=False)


def _signer(certificate: Path, private_key: Path, passphrase: str, local: bool) -> Signer:
    chain = _read(certificate, "certificate")
    key = _key(private_key, passphrase)
    _check(certificate, chain, key)
    algorithm, sign = _way(certificate, key)
    return Signer(chain.decode("ascii"), algorithm, sign, local)


def _read(path: Path, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise BadCertificate(f"the {what} {path} cannot be read: {error.strerror}") from None
    if len(data) > LARGEST or not data.isascii():
        raise BadCertificate(f"the {what} {path} is no PEM file: it begins with -----BEGIN")
    return data


def _key(path: Path, passphrase: str) -> Any:
    """The private key; its errors say nothing that is in it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    data = _read(path, "private key")
    secret = passphrase.encode() if passphrase else None
    try:
        return load_pem_private_key(data, secret)
    except TypeError:
        if secret is None:
            raise BadCertificate(f"the private key has a passphrase: set {PASSPHRASE}") from None
        return load_pem_private_key(data, None)
    except (ValueError, UnsupportedAlgorithm):
        wrong = f"or {PASSPHRASE} is wrong" if secret else "expected PEM (PKCS#8)"
        raise BadCertificate(f"the private key cannot be read: it is none, {wrong}") from None


def _check(path: Path, chain: bytes, key: Any) -> None:
    from cryptography import x509

    try:
        leaf = x509.load_pem_x509_certificates(chain)[0]
        same = leaf.public_key() == key.public_key()
    except (ValueError, x509.UnsupportedGeneralNameType) as error:
        raise BadCertificate(f"{path} holds no certificate in PEM: {error}") from None
    now = datetime.now(UTC)
    if leaf.not_valid_after_utc < now:
        ended = leaf.not_valid_after_utc.date()
        raise BadCertificate(f"the certificate {path} ended on {ended}: renew it, or leave it out")
    if leaf.not_valid_before_utc > now:
        begins = leaf.not_valid_before_utc.date()
        raise BadCertificate(f"the certificate {path} holds from {begins} on, and not yet")
    if not same:
        raise BadCertificate(
            f"the private key is not that of the first certificate in {path}: "
            "give the signer's own certificate first, then those above it"
        )


def _way(path: Path, key: Any) -> tuple[str, Callable[[bytes], bytes]]:
    """How a key signs, by its kind. All but RSA give the same signature for the same bytes."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519", key.sign
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.key_size in (256, 384, 521):
        return _elliptic(key)
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= RSA_BITS:
        return "ps256", lambda data: _pss(key, data)
    raise BadCertificate(
        f"the key of {path} is of a kind that C2PA does not sign with: take Ed25519, "
        f"P-256, P-384, P-521 or RSA of at least {RSA_BITS} bits"
    )


def _elliptic(key: Any) -> tuple[str, Callable[[bytes], bytes]]:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    kinds = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}
    size = (key.curve.key_size + 7) // 8
    # RFC 6979: the same signature for the same bytes, so that a resumed job gives the same film.
    how = ec.ECDSA(kinds[key.curve.key_size], deterministic_signing=True)

    def sign(data: bytes) -> bytes:
        return b"".join(n.to_bytes(size, "big") for n in decode_dss_signature(key.sign(data, how)))

    return {256: "es256", 384: "es384", 521: "es512"}[key.curve.key_size], sign


def _pss(key: Any, data: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    kind = hashes.SHA256()
    return bytes(key.sign(data, padding.PSS(padding.MGF1(kind), kind.digest_size), kind))

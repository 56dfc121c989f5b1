from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from certificates import issue
from faceswap.errors import BadCertificate, BadOption
from faceswap.provenance import local_certificate
from faceswap.provenance.marks import try_out
from faceswap.provenance.signer import PASSPHRASE, local_signer, own_signer


def test_the_local_certificate_is_made_once_and_kept_private(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "config"
    first, second = local_signer(str(folder)), local_signer(str(folder))
    assert first.chain == second.chain and first.local
    place = local_certificate.place(folder)
    for path, mode in ((place.key, 0o600), (place.key.parent, 0o700), (folder, 0o700)):
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert sorted(p.name for p in folder.iterdir()) == ["signing"]


def test_the_local_certificate_names_neither_user_nor_machine(tmp_path: Path) -> None:
    leaf, authority = x509.load_pem_x509_certificates(local_signer(str(tmp_path)).chain.encode())
    assert leaf.subject.rfc4514_string() == "CN=faceswap local signer,O=faceswap"
    leaf.verify_directly_issued_by(authority)
    assert leaf.not_valid_after_utc > datetime.now(UTC) + timedelta(days=3000)


def test_many_at_once_get_the_same_certificate(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        chains = list(pool.map(lambda _: local_signer(str(tmp_path)).chain, range(8)))
    assert len(set(chains)) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["signing"]


def test_a_local_certificate_that_ends_is_made_anew_and_the_old_one_kept(tmp_path: Path) -> None:
    place = local_certificate.place(tmp_path)
    ended = issue(place.chain.parent, end=10)
    ended.certificate.rename(place.chain)
    ended.key.rename(place.key)
    assert (
        "faceswap"
        in x509.load_pem_x509_certificates(local_signer(str(tmp_path)).chain.encode())[
            0
        ].subject.rfc4514_string()
    )
    assert len(list(tmp_path.glob("signing.*.ended"))) == 1


@pytest.mark.skipif(not os.path.isdir("/sys/kernel"), reason="needs Linux")
def test_a_place_that_cannot_be_written_says_what_to_do() -> None:
    with pytest.raises(BadCertificate, match="say --config FOLDER"):
        local_signer("/sys/kernel/config-of-nobody")


@pytest.mark.parametrize("kind", ["ed25519", "es256", "es384", "ps256"])
def test_a_users_own_certificate_can_sign(tmp_path: Path, kind: str) -> None:
    signer = own_signer(**issue(tmp_path, kind).options)
    assert (signer.algorithm, signer.local) == (kind, False)
    try_out(signer)
    if kind != "ps256":
        assert signer.sign(b"the same") == signer.sign(b"the same")


def test_a_key_with_a_passphrase_is_opened_by_it_alone(tmp_path: Path) -> None:
    pair = issue(tmp_path, passphrase="open sesame")
    try_out(own_signer(**pair.options, passphrase="open sesame"))
    with pytest.raises(BadCertificate, match=f"set {PASSPHRASE}"):
        own_signer(**pair.options)
    with pytest.raises(BadCertificate, match="wrong") as caught:
        own_signer(**pair.options, passphrase="open barley")
    assert "barley" not in str(caught.value)
    # One that needs none is no worse for a passphrase.
    own_signer(**issue(tmp_path / "plain").options, passphrase="open sesame")


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"begin": -9, "end": -2}, "ended on"),
        ({"begin": 2, "end": 9}, "and not yet"),
        ({"purpose": False}, "cannot sign Content Credentials"),
    ],
)
def test_a_certificate_that_may_not_sign_today_is_refused(
    tmp_path: Path, how: dict[str, int], said: str
) -> None:
    with pytest.raises(BadCertificate, match=said):
        try_out(own_signer(**issue(tmp_path, **how).options))


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    one, other = issue(tmp_path / "a"), issue(tmp_path / "b")
    (tmp_path / "text").write_text("hello")
    (tmp_path / "big").write_bytes(b"x" * (1 << 19))
    wrong = {
        "is not that of the first": (one.certificate, other.key),
        "holds no certificate": (tmp_path / "text", one.key),
        "cannot be read: it is none": (one.certificate, tmp_path / "text"),
        "is no PEM file": (one.certificate, tmp_path / "big"),
        "No such file": (tmp_path / "nowhere", one.key),
    }
    for said, (certificate, key) in wrong.items():
        with pytest.raises(BadCertificate, match=said):
            own_signer(str(certificate), str(key))
    with pytest.raises(BadOption, match="go together"):
        own_signer(str(one.certificate), "")

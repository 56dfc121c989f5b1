from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import c2pa
import pytest

from certificates import issue
from faceswap.errors import BadMedia
from faceswap.provenance.consent import Published
from faceswap.provenance.credentials import DETACHED, Credentials, _Written, context
from faceswap.provenance.signer import Signer, local_signer, own_signer
from faceswap.provenance.statement import LABEL, ModelUsed, Statement
from faceswap.storage.digests import Input
from faceswap.writing.image_writer import write_marked
from films import make_film, picture

COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
SAID = Statement(
    "swap",
    Published(True, use="a test", until="2099-12-31", sha256="c" * 64),
    {"source": Input("a" * 64, 1), "target": Input("b" * 64, 3)},
    ModelUsed("lite", "d" * 64, {"size": 128}),
    {"codec": "h264"},
    version="9.9",
)


@pytest.fixture(scope="module")
def signer(config: Path) -> Signer:
    return local_signer(str(config))


def made(folder: Path, kind: str, name: str = "") -> Path:
    path = folder / (name or f"it.{kind}")
    if kind in ("png", "jpg"):
        write_marked(path, picture(3), kind)
        return path
    faststart = (
        {} if kind == "mkv" else {"options": {}, "container_options": {"movflags": "+faststart"}}
    )
    return make_film(path, frames=12, sound=1, **faststart)


def told(path: Path, signer: Signer, manifest: bytes = b"") -> dict[str, Any]:
    """What the library's own reader says of a file."""
    with context(signer.anchor) as settings, path.open("rb") as data:
        form = "application/octet-stream" if manifest else None
        with c2pa.Reader(form, data, manifest_data=manifest or None, context=settings) as reader:
            return json.loads(reader.json())


def active(found: dict[str, Any]) -> dict[str, Any]:
    return found["manifests"][found["active_manifest"]]


def failures(found: dict[str, Any]) -> list[str]:
    return [one["code"] for one in found["validation_results"]["activeManifest"]["failure"]]


@pytest.mark.parametrize("kind", ["mp4", "mov", "png", "jpg"])
def test_the_librarys_own_reader_trusts_them_and_reads_all_they_say(
    kind: str, tmp_path: Path, signer: Signer
) -> None:
    path = made(tmp_path, kind)
    Credentials(SAID, signer).embed(path, kind, made(tmp_path, kind, f"before.{kind}"))
    found = told(path, signer)
    assert found["validation_state"] == "Trusted" and failures(found) == []
    said = {one["label"]: one["data"] for one in active(found)["assertions"]}
    opened, edited = said["c2pa.actions.v2"]["actions"]
    assert (opened["action"], edited["action"]) == ("c2pa.opened", "c2pa.edited")
    assert edited["digitalSourceType"].endswith(f"/{COMPOSITE}")
    assert said[LABEL]["inputs"]["target"] == {"sha256": "b" * 64, "files": 3}
    assert said[LABEL]["consent"]["until"] == "2099-12-31"
    parts = {part["title"]: part for part in active(found)["ingredients"]}
    assert parts["target"]["relationship"] == "parentOf"
    assert parts["source"]["instance_id"] == f"sha256:{'a' * 64}"
    assert parts["model"]["relationship"] == parts["source"]["relationship"] == "inputTo"
    assert not any("thumbnail" in part for part in parts.values())


def test_others_find_the_signature_whole_and_the_signer_unknown(
    tmp_path: Path, signer: Signer
) -> None:
    path = made(tmp_path, "png")
    Credentials(SAID, signer).embed(path, "png")
    with context() as settings, c2pa.Reader(str(path), context=settings) as reader:
        found = json.loads(reader.json())
    assert found["validation_state"] == "Valid"
    assert failures(found) == ["signingCredential.untrusted"]


@pytest.mark.parametrize("kind", ["mp4", "mov", "png", "jpg", "mkv"])
def test_signing_again_gives_the_same_bytes(kind: str, tmp_path: Path, signer: Signer) -> None:
    twice = []
    parent = made(tmp_path, kind, f"before.{kind}")
    data = made(tmp_path, kind).read_bytes()
    for number in range(2):
        path = tmp_path / f"{number}.{kind}"
        path.write_bytes(data)
        credentials = Credentials(SAID, signer)
        if kind == "mkv":
            twice.append(credentials.detached(path, parent))
            assert path.read_bytes() == data
        else:
            credentials.embed(path, kind, parent)
            twice.append(path.read_bytes())
    assert twice[0] == twice[1]


@pytest.mark.parametrize("kind", ["mp4", "png", "jpg"])
def test_what_was_signed_before_stays_readable_in_what_was_made_from_it(
    kind: str, tmp_path: Path, signer: Signer
) -> None:
    """A chain of many, too long for one segment of a JPEG file."""
    camera = own_signer(**issue(tmp_path / "camera", "es256").options)
    parent, twice = made(tmp_path, kind, f"0.{kind}"), []
    Credentials(SAID, camera).embed(parent, kind)
    for number in range(1, 6):
        path = made(tmp_path, kind, f"{number}.{kind}")
        Credentials(SAID, signer).embed(path, kind, parent)
        parent = path
    for number in range(2):
        path = made(tmp_path, kind, f"end{number}.{kind}")
        Credentials(SAID, signer).embed(path, kind, parent)
        twice.append(path.read_bytes())
    found = told(path, signer)
    assert found["validation_state"] == "Trusted" and len(found["manifests"]) == 7
    assert twice[0] == twice[1] and len(twice[0]) > 1 << 16
    names = {m["signature_info"]["common_name"] for m in found["manifests"].values()}
    assert names == {"Erika Muster", "faceswap local signer"}


def test_a_film_that_cannot_hold_them_has_them_beside_it(tmp_path: Path, signer: Signer) -> None:
    path = made(tmp_path, "mkv")
    manifest = Credentials(SAID, signer).detached(path, path)
    found = told(path, signer, manifest)
    assert found["validation_state"] == "Trusted"
    assert active(found)["ingredients"]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert failures(told(path, signer, manifest)) == ["assertion.dataHash.mismatch"]
    assert DETACHED == ".c2pa"


@pytest.mark.parametrize("kind", ["mp4", "png", "jpg"])
@pytest.mark.parametrize("where", ["picture", "claim", "cut"])
def test_every_change_is_found(kind: str, where: str, tmp_path: Path, signer: Signer) -> None:
    path = made(tmp_path, kind)
    Credentials(SAID, signer).embed(path, kind)
    data = bytearray(path.read_bytes())
    if where == "cut":
        del data[-40:]
    else:
        at = data.find(COMPOSITE.encode()) if where == "claim" else len(data) - 200
        data[at] ^= 1
    path.write_bytes(data)
    if (kind, where) == ("png", "cut"):
        with pytest.raises(c2pa.C2paError):
            told(path, signer)
        return
    found = told(path, signer)
    assert found["validation_state"] == "Invalid"
    assert any("mismatch" in code for code in failures(found))


def test_something_generated_is_created_and_not_opened(tmp_path: Path, signer: Signer) -> None:
    path = made(tmp_path, "png")
    said = Statement("synthesis", Published(False), {"source": Input("a" * 64, 1)})
    Credentials(said, signer).embed(path, "png")
    found = told(path, signer)
    actions = active(found)["assertions"][0]["data"]["actions"]
    assert [one["action"] for one in actions] == ["c2pa.created"]
    assert actions[0]["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert found["validation_state"] == "Trusted"


def test_a_parent_that_is_no_film_is_named_by_its_digest(tmp_path: Path, signer: Signer) -> None:
    path, parent = made(tmp_path, "png"), tmp_path / "before.mp4"
    parent.write_bytes(b"no film at all")
    Credentials(SAID, signer).embed(path, "png", parent)
    parts = {part["title"]: part for part in active(told(path, signer))["ingredients"]}
    assert parts["target"]["description"] == f"SHA-256 {'b' * 64}"


def test_a_file_of_another_kind_than_it_is_said_to_be_is_one_error(
    tmp_path: Path, signer: Signer
) -> None:
    path = tmp_path / "it.mp4"
    path.write_bytes(b"no film at all")
    with pytest.raises(BadMedia, match="cannot be given Content Credentials") as caught:
        Credentials(SAID, signer).embed(path, "mp4")
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == b"no film at all"
    assert [p.name for p in tmp_path.iterdir()] == ["it.mp4"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux")
def test_a_full_disk_is_told_as_what_it_is(tmp_path: Path, signer: Signer) -> None:
    path = made(tmp_path, "mp4")
    credentials = Credentials(SAID, signer)
    with (
        path.open("rb") as before,
        open("/dev/full", "w+b", buffering=0) as full,
        pytest.raises(OSError, match="No space left"),
    ):
        credentials._sign(path, before, _Written(full), "video/mp4", None)


def test_nothing_of_the_key_is_in_the_file(tmp_path: Path) -> None:
    pair = issue(tmp_path / "mine", "es256")
    path = made(tmp_path, "png")
    Credentials(SAID, own_signer(**pair.options)).embed(path, "png")
    data = path.read_bytes()
    secret = pair.key.read_text().splitlines()[1:-1]
    assert not any(line.encode() in data for line in secret)
    assert str(tmp_path).encode() not in data
    assert c2pa.Reader("image/png", io.BytesIO(data)).get_validation_state() == "Valid"

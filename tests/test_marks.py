"""What merge leaves says what it is."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import av
import pytest

import cli
from certificates import issue
from faceswap import ledger
from faceswap.errors import BadCertificate, BadOption, Damaged, NoConsent
from faceswap.job import Job
from faceswap.provenance import sidecar
from faceswap.provenance.consent import Published
from faceswap.provenance.credentials import Credentials
from faceswap.provenance.signer import own_signer
from faceswap.provenance.statement import Statement
from faceswap.provenance.verify import Verdict, verify
from faceswap.running import run_all
from faceswap.workspace import Workspace
from faceswap.writing.copies import MARK
from stages.align import Align
from stages.detect import Detect
from stages.extract import Extract
from stages.merge import Merge
from stages.people import People
from swapped_for_tests import put_swapped
from test_consent import RECORD
from told import Told


@pytest.fixture(scope="module")
def first(
    tmp_path_factory: pytest.TempPathFactory, short_clip: Callable[..., Path], talking_clip: Path
) -> Workspace:
    film = short_clip(talking_clip, 6)
    place = tmp_path_factory.mktemp("marks") / "work"
    work = Workspace.create(place, [film], [film], RECORD.replace("{more}", "").encode())
    for stage in (Extract(), Detect(workers=1), People(), Align(workers=1)):
        stage.run(work.on("target"))
    put_swapped(work, lambda face: 255 - face)
    return work


@pytest.fixture
def work(first: Workspace, tmp_path: Path) -> Workspace:
    """A copy that may be changed."""
    return Workspace(Path(shutil.copytree(first.root, tmp_path / "work")))


def faults(found: Verdict) -> list[str]:
    assert found.holds != bool(found.problems)
    return found.problems


def test_a_film_its_sidecar_and_its_workspace_agree(work: Workspace) -> None:
    summary = Merge().run(work)
    assert (summary["marked"], summary["consent"]) == ("yes", "until 2099-12-31")
    found = verify(work.path("output"))
    assert faults(found) == [] and len(found.checked) == 3
    assert found.signature and found.signature.trusted == "local"
    assert found.statement and found.statement.options["codec"] == "auto"
    assert "certificate" not in found.statement.options
    assert found.sidecar == "output.json"


def test_they_still_agree_after_they_were_moved_together(work: Workspace, tmp_path: Path) -> None:
    Merge().run(work)
    for name in ("output.mp4", "output.json"):
        shutil.move(work.root / name, tmp_path / name)
    found = verify(tmp_path / "output.mp4")
    assert faults(found) == [] and found.sidecar == "output.json"
    assert "/" not in json.dumps(sidecar.read(tmp_path / "output.json").files[0].name)
    (tmp_path / "output.mp4").rename(tmp_path / "holiday.mp4")
    assert verify(tmp_path / "holiday.mp4").sidecar == "output.json"


@pytest.mark.parametrize("codec", ["h264", "ffv1"])
def test_the_same_film_is_written_again_to_the_byte(work: Workspace, codec: str) -> None:
    made = []
    for _ in range(2):
        Merge(mask_video=True, codec=codec).run(work)
        left = [p for name in ("output", "mask") for p in sorted(work.root.glob(f"{name}*"))]
        made.append({p.name: p.read_bytes() for p in left})
    assert made[0] == made[1] and len(made[0]) == (4 if codec == "h264" else 6)


def test_the_credentials_stand_before_the_index_and_move_nothing(work: Workspace) -> None:
    Merge(mark=False).run(work)
    plain = packets(work.path("output"))
    Merge().run(work)
    assert packets(work.path("output")) == plain
    data = work.path("output").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(work.path("output"))) as film:
        assert sum(1 for _ in film.decode(video=0)) == 6


def packets(path: Path) -> list[tuple[object, ...]]:
    with av.open(str(path)) as film:
        return [(p.stream_index, p.pts, p.dts, p.duration, bytes(p)) for p in film.demux()]


def test_a_film_that_cannot_hold_credentials_has_them_beside_it(work: Workspace) -> None:
    Merge(codec="ffv1").run(work)
    found = verify(work.path("output"))
    assert faults(found) == []
    assert found.signature and found.signature.place == "detached"
    (work.root / "output.mkv.c2pa").unlink()
    assert "taken away" in "".join(faults(verify(work.path("output"))))
    # Credentials of a film that is gone go too.
    Merge(codec="ffv1").run(work)
    Merge().run(work)
    assert sorted(p.name for p in work.root.glob("output*")) == ["output.json", "output.mp4"]


@pytest.mark.parametrize("kind", ["png", "jpg"])
def test_each_picture_of_a_folder_says_what_it_is(work: Workspace, kind: str) -> None:
    Merge(output_images=kind).run(work)
    pictures = sorted(work.path("output").iterdir())
    assert len(pictures) == 6
    for picture in pictures:
        found = verify(picture)
        assert faults(found) == [] and found.sidecar == "output.json"
        assert found.comment == MARK
    assert len(sidecar.read(work.root / "output.json").files) == 6


def test_the_films_own_credentials_are_kept_in_the_chain(work: Workspace, tmp_path: Path) -> None:
    camera = own_signer(**issue(tmp_path / "camera", "es256").options)
    film = next(work.path("target/media").iterdir())
    Credentials(Statement("synthesis", Published(False)), camera).embed(film, "mp4")
    for how in ({}, {"output_images": "png"}):
        Merge(**how).run(work)
        output = work.path("output")
        found = verify(output if output.is_file() else sorted(output.iterdir())[2])
        assert faults(found) == []
        chained = [part for part in found.made_from if "credentials of its own" in part]
        assert len(chained) == 1 and "target" in chained[0]


def test_turning_marks_off_is_said_and_written_down(work: Workspace) -> None:
    told = Told()
    warned: list[str] = []
    told.warn = warned.append  # type: ignore[method-assign]
    job = Job("merge", Merge(mark=False))
    entry = ledger.execute(job, work, told)
    assert entry.options["mark"] is False and entry.summary["marked"] == "no"
    assert any("say so yourself" in line for line in warned)
    found = verify(work.path("output"))
    assert found.comment == "" and found.signature is None
    # The sidecar alone still says it, and that the film was not marked.
    assert faults(found) == [] and found.statement
    assert not sidecar.read(work.root / "output.json").marked


def test_an_edited_record_of_consent_makes_merge_stale(work: Workspace) -> None:
    job = Job("merge", Merge())
    ledger.execute(job, work)
    assert ledger.Ledger(work).fresh(job)
    record = work.path("consent")
    record.write_text(record.read_text().replace("2099", "2098"))
    assert not ledger.Ledger(work).fresh(job)


def test_consent_that_has_run_out_is_refused_before_anything_is_made(work: Workspace) -> None:
    record = work.path("consent")
    record.write_text(record.read_text().replace("2099", "2001"))
    with pytest.raises(NoConsent, match="ran out on 2001-12-31"):
        run_all(work, [Job("merge", Merge())], Told())
    assert not work.exists("output")


def test_a_workspace_without_a_record_says_so(work: Workspace) -> None:
    work.path("consent").unlink()
    assert Merge().run(work)["consent"] == "no record"
    found = verify(work.path("output"))
    assert found.statement and not found.statement.consent.recorded


def test_a_users_own_certificate_signs_and_its_key_is_told_nowhere(
    work: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = issue(tmp_path / "mine", "es256", passphrase="open sesame")
    job = Job("merge", Merge(**pair.options, key_passphrase="open sesame"))
    ledger.execute(job, work)
    found = verify(work.path("output"))
    assert found.signature and found.signature.signer == "Erika Muster"
    assert found.signature.trusted == "no" and faults(found) == []
    known = verify(work.path("output"), trust=pair.authority).signature
    assert known and known.trusted == "yes"
    written = (work.root / "manifest.json").read_text() + repr(job)
    assert "sesame" not in written and pair.key.name not in written
    os.environ["FACESWAP_MERGE_KEY_PASSPHRASE"] = "open sesame"
    try:
        assert cli.main(["options", str(work.root), "merge"]) == 0
    finally:
        del os.environ["FACESWAP_MERGE_KEY_PASSPHRASE"]
    said = capsys.readouterr().out
    assert "(not told)" in said and "sesame" not in said


@pytest.mark.parametrize("how", ["expired", "other key", "half", "no such file"])
def test_what_cannot_sign_is_refused_before_hours_of_work(
    work: Workspace, tmp_path: Path, how: str
) -> None:
    good, ended = issue(tmp_path / "good"), issue(tmp_path / "ended", begin=-9, end=-1)
    options = {
        "expired": ended.options,
        "other key": {**good.options, "private_key": str(ended.key)},
        "half": {"certificate": str(good.certificate)},
        "no such file": {**good.options, "private_key": str(tmp_path / "nowhere")},
    }[how]
    # Nothing that merge reads is there yet: a run asks all stages before the first begins.
    shutil.rmtree(work.root / "target")
    with pytest.raises((BadCertificate, BadOption)):
        Merge(**options).check(work)


def test_a_passphrase_may_stand_in_no_file_and_on_no_command_line(
    work: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    (work.root / "faceswap.toml").write_text('[merge]\nkey_passphrase = "x"\n')
    assert cli.main(["status", str(work.root)]) == 2
    assert "set FACESWAP_MERGE_KEY_PASSPHRASE" in capsys.readouterr().err
    assert cli.main(["merge", str(work.root), "--key-passphrase", "x"]) == 2


def test_which_model_drew_the_faces_is_read_from_where_convert_wrote_it(work: Workspace) -> None:
    path = work.path("swapped") / "model.json"
    path.write_text(json.dumps({"name": "lite", "sha256": "d" * 64, "options": {"size": 128}}))
    Merge().run(work)
    found = verify(work.path("output"))
    assert found.statement and found.statement.model and found.statement.model.sha256 == "d" * 64
    path.write_text("{")
    with pytest.raises(Damaged, match="convert again"):
        Merge().run(work)

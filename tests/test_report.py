import pytest

from faceswap import report
from faceswap.job import Job
from faceswap.ledger import Ledger, execute
from faceswap.workspace import Workspace
from stages_for_tests import Find, Index

JOBS = [Job("index", Index(), "source"), Job("find", Find(), "source")]


@pytest.fixture
def work(tmp_path):
    (tmp_path / "face.mp4").write_bytes(b"face")
    return Workspace.create(tmp_path / "job", [tmp_path / "face.mp4"], [tmp_path / "face.mp4"])


def test_what_a_job_gave(work):
    entry = execute(JOBS[0], work)
    text, record = report.done(JOBS[0], entry, fresh=False)
    assert text.startswith("index source: films 1 (") and text.endswith(" s)")
    assert record["state"] == "done" and record["summary"] == {"films": 1}
    assert report.done(JOBS[0], entry, fresh=True)[0] == "index source: films 1 (fresh)"


def test_how_jobs_stand(work):
    execute(JOBS[0], work)
    lines = list(report.states(Ledger(work), JOBS))
    assert [text.split() for text, _ in lines] == [
        ["index", "source", "fresh", "films", "1"],
        ["find", "source", "missing"],
    ]
    assert lines[1][1] == {"stage": "find", "side": "source", "state": "missing", "summary": {}}


def test_what_changed_is_said(work):
    execute(JOBS[0], work)
    changed = [Job("index", Index(every=2), "source")]
    text, record = next(report.states(Ledger(work), changed))
    assert record["state"] == "stale"
    assert "every was 1, is 2" in text

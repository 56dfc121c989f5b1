from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import cli
from faceswap import plan
from faceswap.errors import BadOption
from faceswap.storage.journal import Journal
from faceswap.workspace import Workspace
from stages.align import Align
from stages.detect import Detect
from stages.evaluate import Evaluate
from stages.extract import Extract
from stages.people import People

WORDS = ("--samples", "2", "--workers", "1", "--json")


@pytest.fixture(scope="module")
def work(
    tmp_path_factory: pytest.TempPathFactory,
    short_clip: Callable[..., Path],
    talking_clip: Path,
    other_clip: Path,
) -> Workspace:
    """A workspace whose output is the target itself."""
    source, target = short_clip(other_clip, 6, 320), short_clip(talking_clip, 8, 320)
    work = Workspace.create(tmp_path_factory.mktemp("evaluate") / "work", [source], [target])
    for side in ("source", "target"):
        for stage in (Extract(), Detect(workers=1), People(), Align(workers=1)):
            stage.run(work.on(side))
    swapped = work.root / "swapped"
    swapped.mkdir()
    from faceswap.alignment.crops import RECORDS, Crop, CropFolder

    Journal(swapped / RECORDS, Crop).append(CropFolder(work.path("target/crops")))
    (work.root / "output.mp4").write_bytes(target.read_bytes())
    return work


def said(work: Workspace, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list, str]:
    code = cli.main(["evaluate", str(work.root), *WORDS, *words])
    seen = capsys.readouterr()
    return code, [json.loads(line) for line in seen.out.splitlines()], seen.err


def test_a_plain_run_leaves_it_out_and_until_names_it() -> None:
    assert "evaluate" in plan.order()
    assert "evaluate" not in plan.between("", "")
    assert "evaluate" not in plan.between("merge", "")
    assert plan.between("", "evaluate")[-2:] == ["merge", "evaluate"]
    assert plan.between("evaluate", "") == ["evaluate"]


def test_limits_of_no_metric_are_refused_before_anything_is_done() -> None:
    with pytest.raises(BadOption, match="no metric `margni`: there are face_found, "):
        Evaluate(fail_under=("margni=1",)).validate()


def test_the_target_as_output_is_judged_and_fails_its_limits(
    work: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "evaluate" not in plan.standing(work)
    code, lines, error = said(work, capsys, "--fail-under", "margin=0.1", "--fail-under", "seam=5")
    assert code == 3
    assert "margin is -" in error and "at least 0.1" in error and "seam" not in error
    figures = {line["metric"]: line for line in lines if "metric" in line}
    assert figures["unswapped"]["value"] == 8 and figures["unswapped"]["good"] is False
    assert figures["tone"]["value"] == 0 and figures["tone"]["good"] is True
    record = json.loads((work.root / "report/metrics.json").read_text())
    assert record["unswapped"] == record["frames_unswapped"] == 8
    assert record["frames"]["unswapped"] == list(range(8))
    assert (work.root / "report/index.html").stat().st_size > 50_000
    # The report is there and fresh though it failed; other limits are held against it at once.
    made = (work.root / "report/index.html").stat().st_mtime_ns
    assert "evaluate" in plan.standing(work)
    code, lines, _ = said(work, capsys, "--fail-under", "seam=5")
    assert code == 0 and lines[-1]["state"] == "fresh"
    code, _, error = said(work, capsys, "--fail-under", "blinks_kept=0")
    assert code == 3 and "could not be measured" in error
    assert said(work, capsys, "--fail-under", "seems=5")[0] == 2
    assert (work.root / "report/index.html").stat().st_mtime_ns == made

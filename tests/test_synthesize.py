"""From a film to faces made up, edited and measured, with a model that needs no training."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

import cli
from faceswap import plan
from faceswap.errors import BadOption, Unsupported
from faceswap.ledger import FRESH, Ledger
from faceswap.provenance.verify import verify
from faceswap.running import run_all
from faceswap.stage import silent
from faceswap.workspace import Workspace
from faceswap.writing.image_writer import MADE
from stages.synthesize import Synthesize

FRAMES = 36


@pytest.fixture(scope="module")
def work(tmp_path_factory, short_clip: Callable[..., Path], talking_clip: Path) -> Workspace:
    root = tmp_path_factory.mktemp("synthesis") / "work"
    work = Workspace.create(root, [short_clip(talking_clip, FRAMES, 240)])
    flags = {"workers": 1, "model": "pixel_model", "size": 96, "minutes": 1.0, "steady": 0.0}
    flags |= {"set": ("size=24", "components=12")}
    jobs = plan.jobs(work, plan.between("", "train"), flags, {})
    assert [j.title for j in jobs if "target" in j.title] == []
    run_all(work, jobs, silent)
    return work


def made(work: Workspace, action: str, **options: object) -> tuple[dict, Path]:
    stage = Synthesize(action=action, **options)
    stage.validate()
    stage.check(work)
    return stage.run(work), work.path("synthetic")


def test_a_job_of_one_side_has_no_more_to_do(work: Workspace) -> None:
    told: list[str] = []
    every = plan.jobs(work, plan.order(), {"model": "pixel_model"}, {})
    possible = plan.possible(work, every, told.append)
    assert "train" in {j.name for j in possible}
    assert not {"convert", "merge"} & {j.name for j in possible}
    assert "evaluate" in {j.name for j in possible}
    assert "there is no target" in told[0]
    (going_on,) = plan.jobs(work, ["train"], {"minutes": 1.0}, {})
    assert going_on.stage.model == "pixel_model" and "size=24" in going_on.stage.set
    assert Ledger(work).states([going_on]) == {"train": FRESH}


def test_without_a_target_or_a_model_there_is_nothing_to_train(
    tmp_path: Path, talking_clip: Path
) -> None:
    fresh = Workspace.create(tmp_path / "work", [talking_clip])
    swapping = plan.possible(fresh, plan.jobs(fresh, plan.order(), {}, {}))
    assert not {"train", "evaluate"} & {j.name for j in swapping}


def test_samples_are_a_sheet_and_pictures_that_say_what_they_are(work: Workspace) -> None:
    summary, folder = made(work, "sample", count=3, psi=0.7)
    assert summary == {"action": "sample", "faces": 3}
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["0000.png", "0001.png", "0002.png", "sheet.png"]
    assert cv2.imread(str(folder / "0001.png")).shape == (24, 24, 3)
    found = verify(folder / "0000.png")
    assert found.holds and "/trainedAlgorithmicMedia" in str(found.source_type)
    assert found.comment == MADE and found.sidecar


def test_a_walk_is_a_film_that_ends_where_it_began(work: Workspace) -> None:
    summary, folder = made(work, "interpolate", count=2, frames_between=3)
    assert summary["frames"] == 6
    with av.open(str(folder / "walk.mp4")) as film:
        frames = list(film.decode(video=0))
        assert film.metadata["comment"] == MADE
    assert len(frames) == 6 and frames[0].width >= 256


def test_an_edit_is_pasted_into_every_frame_and_nothing_else_changes(work: Workspace) -> None:
    summary, folder = made(work, "edit", attribute="mouth", amount=3.0, crop="all")
    assert summary["faces"] == FRAMES and summary["files"] == 1
    beside = [float(part.split()[1]) for part in str(summary["cosines"]).split(", ")]
    assert beside == sorted(beside, key=abs, reverse=True) and 0 < abs(beside[0]) <= 1
    assert "mouth" not in summary["cosines"]
    (film,) = folder.glob("*.mp4")
    assert verify(film).holds
    given = work.path("source/media") / next(work.path("source/media").iterdir()).name
    with av.open(str(given)) as old, av.open(str(film)) as new:
        frames = [[f.to_ndarray(format="rgb24") for f in c.decode(video=0)] for c in (old, new)]
    assert len(frames[0]) == len(frames[1]) == FRAMES
    away = np.abs(frames[0][5].astype(int) - frames[1][5]).mean(axis=2)
    assert away.max() > 15
    assert np.median(away) < 3


def test_faces_are_found_again_completed_and_painted(work: Workspace, tmp_path: Path) -> None:
    summary, _ = made(work, "invert", count=2, search=20)
    assert summary["psnr of own"] > summary["psnr"] > 20
    summary, _ = made(work, "complete", count=2, search=20)
    assert 0 < summary["mse below"] < 0.1
    strokes = np.zeros((48, 48, 4), np.uint8)
    strokes[20:28, 20:28] = (40, 40, 200, 255)
    cv2.imwrite(str(tmp_path / "strokes.png"), strokes)
    summary, _ = made(work, "paint", strokes=str(tmp_path / "strokes.png"), search=60)
    assert summary["error left"] < 0.9 and summary["change outside"] < 0.1


def test_samples_are_judged_where_the_model_is_one_of_faces(work: Workspace, capsys) -> None:
    words = ["evaluate", str(work.root), "--samples", "6", "--json"]
    assert cli.main([*words, "--fail-under", "frechet_pca=1e9"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    row = next(line for line in lines if line.get("metric") == "frechet_pca")
    assert row["value"] < row["independent"]
    record = json.loads((work.path("report") / "metrics.json").read_text())
    assert record["model"] == "pixel_model" and record["samples"] == record["compared"] == 6
    assert 0 <= record["precision"] <= 1 and record["diversity"] > 0.3
    assert record["bits"] is record["label_agreement"] is None
    assert list(record["baselines"]) == ["pca", "gaussian", "independent"]
    assert record["frechet_pca"] == row["value"]
    assert record["baselines"]["pca"]["frechet_pca"] == row["pca"]
    # The report is fresh, and held against other limits.
    assert cli.main([*words, "--fail-under", "frechet_pca=0"]) == 3
    assert "at most 0" in capsys.readouterr().err
    assert cli.main([*words, "--fail-under", "margin=0"]) == 2


def test_what_cannot_be_done_is_refused(work: Workspace) -> None:
    for options, said in (({"action": "edit"}, "--attribute"), ({"action": "paint"}, "--strokes")):
        with pytest.raises(BadOption, match=said):
            Synthesize(**options).validate()
    with pytest.raises(Unsupported, match="no levels to mix"):
        made(work, "mix")
    with pytest.raises(Unsupported, match="learnt no labels"):
        made(work, "sample", label="smiling")
    with pytest.raises(BadOption, match="no crop"):
        made(work, "edit", attribute="mouth", crop="x.png")

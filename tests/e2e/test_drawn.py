"""What convert draws of its faces, beside them and without converting again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from .conftest import FEW_STEPS, Run


@pytest.fixture
def own(job: Path, tmp_path: Path) -> Path:
    """A copy of the job that may be changed."""
    return Path(shutil.copytree(job, tmp_path / "job"))


def states(faceswap: Run, work: Path, *more: str) -> dict[str, str]:
    done = faceswap("run", work, *FEW_STEPS, *more, "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    return {
        record["stage"]: record["state"] for record in map(json.loads, done.stdout.splitlines())
    }


def test_the_sweep_is_drawn_without_converting_again(own: Path, faceswap: Run) -> None:
    made = (own / "swapped/faces.npy").stat().st_mtime_ns
    done = faceswap("convert", own, "--sweep")
    assert done.returncode == 0 and "sweep.png" in done.stdout
    assert cv2.imread(str(own / "swapped/sweep.png")) is not None
    assert (own / "swapped/faces.npy").stat().st_mtime_ns == made
    assert set(states(faceswap, own).values()) == {"fresh"}
    assert states(faceswap, own, "--look", "3")["merge"] == "stale"


def test_a_repainted_mask_makes_merge_stale_and_nothing_else(own: Path, faceswap: Run) -> None:
    assert faceswap("convert", own, "--mask-images").returncode == 0
    images = sorted((own / "swapped/masks").iterdir())
    assert len(images) == 20
    drawn = cv2.imread(str(images[0]), cv2.IMREAD_GRAYSCALE)
    assert drawn.shape == (256, 256) and set(np.unique(drawn)) >= {0, 255}
    assert faceswap("merge", own).returncode == 0
    assert set(states(faceswap, own).values()) == {"fresh"}
    cv2.imwrite(str(images[0]), np.zeros_like(drawn))
    found = states(faceswap, own)
    assert found.pop("merge") == "stale" and set(found.values()) == {"fresh"}
    # Converting anew makes other faces: what was painted is not lost.
    done = faceswap("convert", own, "--force")
    assert "masks.before" in done.stderr and (own / "masks.before" / images[0].name).exists()
    assert not (own / "swapped/masks").exists()


def test_a_shot_that_is_not_there_ends_in_one_line(own: Path, faceswap: Run) -> None:
    (own / "faceswap.toml").write_text("[shot.7]\nfeather = 0.2\n")
    done = faceswap("merge", own)
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["error: shot 7: the film has shots 1 to 1"]
    shown = faceswap("options", own, "merge").stdout
    assert "7:feather=0.2" in shown and "[shot]" in shown

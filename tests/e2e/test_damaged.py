"""What is damaged is named in one line and not used; the command that is named mends it."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from faceswap import plan
from faceswap.errors import Damaged, FaceswapError
from faceswap.ledger import execute
from faceswap.workspace import Workspace
from told import Told

from .conftest import FEW_STEPS, Run
from .contents import contents
from .killing import Jobs, start, words_of

FLAGS = {"model": "lite", "iterations": 6, "minutes": 0, "batch": 4, "workers": 1}
#: What is damaged, and the stage that uses it.
SEALED = [
    ("source/frames.json", "detect"),
    ("target/faces.jsonl", "people"),
    ("target/faces.jsonl", "align"),
    ("target/faces/crops.jsonl", "convert"),
    ("source/faces/crops.jsonl", "warp"),
    ("source/pairs/faces.npy", "train"),
    ("target/pairs/masks.npy", "train"),
    ("target/pairs/landmarks.npy", "train"),
    ("model/weights.safetensors", "convert"),
    ("model/model.json", "convert"),
    ("swapped/faces.npy", "merge"),
    ("swapped/masks.npy", "merge"),
    ("swapped/occlusion.npy", "merge"),
    ("swapped/crops.jsonl", "merge"),
]


def flip(path: Path) -> None:
    """Changes one bit in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    """Takes away the end, in the midst of a line."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 1 - len(data) // 3])


DAMAGES: dict[str, Callable[[Path], None]] = {"flip": flip, "cut": cut, "gone": Path.unlink}


@pytest.fixture
def own(job: Path, tmp_path: Path) -> Workspace:
    """A copy of the job that may be changed."""
    return Workspace.open(Path(shutil.copytree(job, tmp_path / "job")))


def run(work: Workspace, stage: str, side: str = "") -> Told:
    told = Told()
    for one in plan.jobs(work, [stage], FLAGS, {}, side):
        execute(one, work, told, force=True)
    return told


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize(("name", "stage"), SEALED)
def test_what_nobody_edits_is_looked_at_before_it_is_used(
    name: str, stage: str, how: str, own: Workspace
) -> None:
    path = own.root / name
    DAMAGES[how](path)
    before = sorted(own.root.rglob("*"))
    with pytest.raises(FaceswapError, match=re.escape(path.name)) as raised:
        run(own, stage)
    assert "run `faceswap" in str(raised.value)
    assert sorted(own.root.rglob("*")) == before


@pytest.mark.slow
@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize(
    ("name", "stage"), [pair for pair in SEALED if pair[1] in ("detect", "align", "warp")]
)
def test_the_command_that_is_named_mends_it(
    name: str, stage: str, how: str, own: Workspace, job: Path, faceswap: Run
) -> None:
    DAMAGES[how](own.root / name)
    done = faceswap("run", own.root, *FEW_STEPS, "--from", stage, "--until", stage)
    assert done.returncode == 3 and len(done.stderr.splitlines()) == 1
    command = re.findall(r"`faceswap ([^`]*)`", done.stderr)[0]
    assert faceswap(*command.split()).returncode == 0
    assert contents(own.root) == contents(job)
    again = faceswap("run", own.root, *FEW_STEPS, "--from", stage, "--until", stage)
    assert again.returncode == 0, again.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", ["model/weights.safetensors", "model/model.json"])
def test_a_damaged_model_is_written_anew_from_its_checkpoint(
    name: str, own: Workspace, job: Path, faceswap: Run
) -> None:
    flip(own.root / name)
    assert faceswap("convert", own.root, "--force").returncode == 3
    words = ("train", own.root, *FEW_STEPS, "--force")
    done = faceswap(*words)
    if name.endswith("model.json"):
        assert done.returncode == 3 and "delete it" in done.stderr
        (own.root / name).unlink()
        done = faceswap(*words)
    assert done.returncode == 0, done.stderr
    assert contents(own.root) == contents(job)


def test_a_picture_that_is_not_whole_is_named(own: Workspace) -> None:
    crop = own.root / "source/faces/000004_0.png"
    good = crop.read_bytes()
    for damage in (flip, cut):
        damage(crop)
        with pytest.raises(Damaged, match=r"source/faces/000004_0.png .*align again"):
            run(own, "warp")
        crop.write_bytes(good)
    run(own, "extract")
    execute(plan.jobs(own, ["extract"], {"images": "png"}, {}, "target")[0], own)
    flip(own.root / "target/frames/000007.png")
    with pytest.raises(FaceswapError, match=r"target/frames/000007.png cannot be decoded"):
        run(own, "detect", "target")


def test_a_mask_that_is_not_whole_is_named(own: Workspace) -> None:
    execute(plan.jobs(own, ["convert"], {"mask_images": True}, {})[0], own)
    flip(own.root / "swapped/masks/000007_0.png")
    with pytest.raises(Damaged, match=r"masks/000007_0.png .*repaint it, or delete it"):
        run(own, "merge")


def test_pictures_that_are_missing_are_named(own: Workspace) -> None:
    (own.root / "source/faces/000004_0.png").unlink()
    told = run(own, "warp")
    assert "source's crops are not there, nor learnt: 1 (000004_0.png)" in "\n".join(told.lines)
    execute(plan.jobs(own, ["extract"], {"images": "png"}, {}, "target")[0], own)
    (own.root / "target/frames/000007.png").unlink()
    assert "the film's own frames come instead: 1 (000007.png)" in "\n".join(
        run(own, "detect", "target").lines
    )


def test_a_damaged_manifest_is_named_and_the_one_before_helps(
    own: Workspace, job: Path, faceswap: Run
) -> None:
    manifest = own.root / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(text.replace('"steps": 6', '"steps": 7'))
    for words in (["status"], ["run", *FEW_STEPS]):
        done = faceswap(words[0], own.root, *words[1:])
        assert done.returncode == 3 and len(done.stderr.splitlines()) == 1
        assert "it has changed since it was written" in done.stderr
    (command,) = re.findall(r"`(mv [^`]*)`", done.stderr)
    subprocess.run(command, shell=True, check=True)
    made = (own.root / "model/weights.safetensors").stat().st_mtime_ns
    assert faceswap("run", own.root, *FEW_STEPS).returncode == 0
    # Only the film was written again.
    assert (own.root / "model/weights.safetensors").stat().st_mtime_ns == made
    assert contents(own.root) == contents(job)


@pytest.mark.slow
def test_without_any_manifest_what_was_learnt_is_gone_on_from(
    own: Workspace, job: Path, faceswap: Run
) -> None:
    for name in ("manifest.json", "manifest.json.before"):
        (own.root / name).write_bytes(b"\0" * 100)
    done = faceswap("run", own.root, *FEW_STEPS)
    (command,) = re.findall(r"`(echo [^`]*)`", done.stderr)
    subprocess.run(command, shell=True, check=True)
    done = faceswap("run", own.root, *FEW_STEPS)
    assert done.returncode == 0, done.stderr
    assert "going on from step 6" in done.stdout
    assert contents(own.root) == contents(job)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["flip", "cut"])
@pytest.mark.parametrize("part", ["weights.safetensors", "optimizer.safetensors", "state.json"])
def test_training_falls_back_to_the_newest_whole_checkpoint_and_says_so(
    part: str, how: str, jobs: Jobs, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    subprocess.run(["cp", "-a", jobs.before("train"), work], check=True)
    names = jobs.operations("train")
    at = 1 + names.index("replace model.partial/checkpoints/000000005")
    code, _, _ = start(words_of("train", work), work, at=at, when="after")
    assert code == -signal.SIGKILL
    sets = sorted((work / "model.partial/checkpoints").glob("[0-9]*[0-9]"))
    assert len(sets) >= 2
    DAMAGES[how](sets[-1] / part)
    code, _, said = start(words_of("train", work), work)
    assert code == 0, said
    assert f"training goes on from {sets[-2].name}" in said and sets[-1].name in said
    assert contents(work) == contents(jobs.whole("train"))

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from faceswap.writing.image_writer import PREVIEW

from .conftest import FEW_STEPS, Run


def packets(film: Path, kind: str) -> list[tuple[int, bytes]]:
    with av.open(str(film)) as container:
        stream = container.streams.get({kind: 0})[0]
        found = [p for p in container.demux(stream) if p.size]
        return [(round(float(p.pts * p.time_base) * 1e6), bytes(p)) for p in found]


def times(film: Path) -> list[float]:
    with av.open(str(film)) as container:
        return [frame.time for frame in container.decode(video=0)]


def test_output_keeps_times_size_and_sound(job: Path) -> None:
    film, output = next((job / "target/media").iterdir()), job / "output.mp4"
    assert times(output) == times(film)
    assert packets(output, "audio") == packets(film, "audio")
    with av.open(str(film)) as before, av.open(str(output)) as after:
        assert after.streams.video[0].width == before.streams.video[0].width
        assert "ynthetic" in after.metadata["comment"]


def test_every_frame_is_swapped_and_only_at_the_face(job: Path) -> None:
    film, output = next((job / "target/media").iterdir()), job / "output.mp4"
    with av.open(str(film)) as before, av.open(str(output)) as after:
        pairs = zip(before.decode(video=0), after.decode(video=0), strict=True)
        for old, new in pairs:
            change = cv2.absdiff(old.to_ndarray(format="gray"), new.to_ndarray(format="gray"))
            assert change.max() > 40
            assert np.median(change) <= 2


def test_everything_that_is_made_says_what_it_is(job: Path, faceswap: Run) -> None:
    done = faceswap("verify", job / "output.mp4", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    weights = (job / "model/weights.safetensors").read_bytes()
    assert told["statement"]["model"]["sha256"] == hashlib.sha256(weights).hexdigest()
    assert told["signature"]["trusted"] == "local" and len(told["checked"]) == 3
    for name in ("swapped/sheet.png", "model/preview.png"):
        assert PREVIEW.encode() in (job / name).read_bytes()


def test_running_again_does_nothing(job: Path, faceswap: Run) -> None:
    made = (job / "output.mp4").stat().st_mtime_ns
    done = faceswap("run", job, *FEW_STEPS, "--json")
    states = [json.loads(line)["state"] for line in done.stdout.splitlines()]
    assert set(states) == {"fresh"} and len(states) == 13
    assert (job / "output.mp4").stat().st_mtime_ns == made


def test_one_option_runs_what_follows(job: Path, faceswap: Run) -> None:
    done = faceswap("run", job, *FEW_STEPS, "--feather", "0.3", "--dry-run", "--json")
    states = {r["stage"]: r["state"] for r in map(json.loads, done.stdout.splitlines())}
    assert states.pop("merge") == "stale"
    assert set(states.values()) == {"fresh"}


@pytest.mark.parametrize(
    "stage", ["detect", "people", "align", "warp", "train", "convert", "merge"]
)
def test_a_stage_without_its_input_says_which_to_run(
    stage: str, tmp_path: Path, faceswap: Run, other_clip: Path
) -> None:
    work = tmp_path / "work"
    faceswap("new", work, "--no-consent-record", "--source", other_clip, "--target", other_clip)
    done = faceswap(stage, work)
    assert done.returncode == 3
    assert "run `faceswap" in done.stderr and len(done.stderr.splitlines()) == 1


def test_photos_on_both_sides(
    tmp_path: Path,
    faceswap: Run,
    portrait: np.ndarray,
    short_clip: Callable[..., Path],
    other_clip: Path,
) -> None:
    for name, count in (("source", 3), ("target", 4)):
        (tmp_path / name).mkdir()
        for number in range(count):
            picture = np.roll(portrait, 4 * number, axis=1)[..., ::-1]
            cv2.imwrite(str(tmp_path / name / f"photo{number}.jpg"), picture)
    work = tmp_path / "work"
    faceswap(
        "new",
        work,
        "--no-consent-record",
        "--source",
        tmp_path / "source",
        "--target",
        tmp_path / "target",
    )
    done = faceswap("run", work, *FEW_STEPS)
    assert done.returncode == 0, done.stderr
    names = sorted(p.name for p in (work / "output").iterdir())
    assert names == [f"photo{n}.png" for n in range(4)]


def test_a_film_without_faces_ends_in_one_line(
    tmp_path: Path, faceswap: Run, media: Path, other_clip: Path, short_clip: Callable[..., Path]
) -> None:
    work = tmp_path / "work"
    blank = short_clip(media / "no_face.mp4", 10)
    faceswap(
        "new",
        work,
        "--no-consent-record",
        "--source",
        short_clip(other_clip, 10),
        "--target",
        blank,
    )
    done = faceswap("run", work, *FEW_STEPS)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1 and "no face" in done.stderr.lower()

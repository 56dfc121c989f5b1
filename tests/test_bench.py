"""The bench: its films, its measuring, its baselines, and what it says."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from pathlib import Path

import av
import cv2
import msgspec
import numpy as np
import pytest

import cli
from faceswap.alignment.crops import CropFolder
from faceswap.bench import floors, media, plain
from faceswap.bench.course import Course, Setting
from faceswap.bench.measure import alone, command
from faceswap.bench.rows import Curve, Findings, Point, Row, lines, plot
from faceswap.bench.run import Bench
from faceswap.detection.detectors import open_detector
from faceswap.errors import BadMedia, BadOption, FaceswapError
from faceswap.options import create
from faceswap.workspace import Workspace
from stages.align import Align
from stages.detect import Detect
from stages.extract import Extract
from stages.people import People


def row(**other: object) -> Row:
    row = Row("merge", "frame", 0.02, 0.5, {"decode": 0.005, "blend": 0.01}, 1.5, 2 << 30)
    return msgspec.structs.replace(row, **other)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return media.make(tmp_path_factory.mktemp("bench") / "film.mp4", 12, 240, faces=2)


def test_the_film_has_as_many_faces_as_asked_for_and_they_move(film: Path) -> None:
    with av.open(str(film)) as opened:
        images = [frame.to_ndarray(format="rgb24") for frame in opened.decode(video=0)]
    assert len(images) == 12 and images[0].shape == (240, 426, 3)
    detector = open_detector("blaze")
    assert [len(detector.find(image, 30)) for image in images] == [2] * 12
    assert all(np.abs(a.astype(int) - b).mean() > 0.5 for a, b in pairwise(images))


def test_a_command_is_measured_with_its_workers() -> None:
    eat = "import time; x = b'x' * (200 << 20); print('{\"a\": 1}'); time.sleep(1)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {eat!r}])"
    taken = command([sys.executable, "-c", parent])
    assert taken.said == {"a": 1}
    assert taken.seconds > 1 > taken.processor > 0
    assert 200 << 20 < taken.peak < 400 << 20


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(FaceswapError, match="ended with 1: ValueError: no such thing"):
        command([sys.executable, "-c", "raise ValueError('no such thing')"])


def test_floors_are_times_of_work_that_was_done(film: Path, tmp_path: Path) -> None:
    assert 0 < floors.decode(film) < floors.rewrite(film.parent, tmp_path / "again.mp4")
    assert floors.copy() > 1e8
    assert alone(floors.product, "float32") > 1e9


def test_what_a_network_multiplies_is_counted() -> None:
    import keras

    picture = keras.Input((8, 8, 3))
    flow = keras.layers.Conv2D(5, 3, strides=2, padding="same")(picture)
    net = keras.Model(picture, keras.layers.Dense(7)(keras.layers.Flatten()(flow)))
    assert floors._products(net) == 4 * 4 * 5 * 3 * 3 * 3 + 80 * 7


def test_plain_ways_do_the_same_work(film: Path, tmp_path: Path) -> None:
    work = Workspace.create(tmp_path / "work", [film], [film]).on("target")
    for stage in (Extract(), Detect(workers=1), People(), Align(size=64, workers=1)):
        stage.run(work)
    crops = CropFolder(work.path("crops"))
    assert plain.extract(film, tmp_path / "frames") > 0
    assert plain.detect(film) > 0
    assert plain.align(tmp_path / "frames", crops.folder, tmp_path / "crops") > 0
    first = next(iter(crops))
    made = cv2.imread(str(tmp_path / "crops" / first.name), cv2.IMREAD_COLOR_RGB)
    assert np.abs(made.astype(int) - crops.picture(first)).mean() < 6
    assert plain.merge(film, crops.folder, tmp_path / "merged") > 0
    frames, merged = (sorted((tmp_path / name).iterdir()) for name in ("frames", "merged"))
    assert len(frames) == len(merged) == 12
    # The faces are the film's own, so that only rounding tells them from it.
    before, after = (cv2.imread(str(some[3])).astype(int) for some in (frames, merged))
    assert 0 < np.abs(before - after).mean() < 1


def test_the_table_says_how_far_floor_and_plain_way_are() -> None:
    rows = [row(floor=0.01, plain=0.1), row(stage="extract", parts={})]
    grown = Curve("faces", {"1": [Point("merge", 0.02, 1 << 20)]})
    text = list(lines(Findings({"cores": "2"}, {"frames": 9}, {"copy": 2e10}, rows, [grown])))
    assert text[:2] == ["cores 2, frames 9", "copy: 20.0 G"]
    head, merge, extract = (line.split() for line in text[3:6])
    assert head[3:6] == ["ms", "decode", "blend"]
    # 30 ms of two cores' work, 15 of them in parts.
    parts = ["20.00", "5.00", "10.00", "15.00"]
    assert merge == [
        "merge",
        "50.0",
        "frames",
        *parts,
        *["10.00", "50", "%", "100.00", "5.0", "2048", "1.5", "0.5"],
    ]
    assert extract == ["extract", "50.0", "frames", "20.00", "30.00", "2048", "1.5", "0.5"]
    assert text[-1].split() == ["1", "20.00,", "1"]


def test_the_plot_is_a_picture() -> None:
    found = Findings({}, {}, {}, [row(floor=0.01), row(stage="detect")])
    picture = cv2.imdecode(np.frombuffer(plot(found), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[1] > 800 and picture.std() > 20


def test_the_pace_of_a_batch_leaves_out_what_comes_before_and_after_the_steps(
    tmp_path: Path,
) -> None:
    said = """
import json, sys
told = dict(zip(sys.argv, sys.argv[1:]))
steps, faces = int(told["--iterations"]), int(told["--batch"])
seconds = 30 + 0.02 * 2 * faces * steps
print(json.dumps({"seconds": seconds, "summary": {"steps": steps}, "parts": {}}))
"""
    for batch in (4, 128):
        course = Course([sys.executable, "-c", said], tmp_path, Setting(batch=batch))
        assert course.pace("lite").each == pytest.approx(0.02)


def test_options_that_cannot_be_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="nothing grows by size"):
        Bench(grow=("size",)).run([])
    with pytest.raises(BadMedia, match="no film"):
        Bench(film=str(tmp_path / "none.mp4")).run([])
    with pytest.raises(BadOption, match="height"):
        create(Bench, {"height": 9})


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_whole_bench(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bench", "--frames", "48", "--height", "240", "--models", "lite", "--json"]
    assert cli.main([*words, "--grow", "workers", "--to", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads((tmp_path / "bench.json").read_text())
    stages = ["extract", "detect", "align", "warp", "train lite", "convert", "merge"]
    assert [one["stage"] for one in told["rows"]] == stages
    assert all(one["floor"] > 0 and one["each"] > 0 for one in told["rows"])
    plain = [one["stage"] for one in told["rows"] if one["plain"]]
    assert plain == ["extract", "detect", "align", "convert", "merge"]
    assert list(told["curves"][0]["points"]) == ["1", "2"]
    assert cv2.imread(str(tmp_path / "bench.png")) is not None

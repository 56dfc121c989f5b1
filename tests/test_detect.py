"""The stage detect, on real films."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap import clock
from faceswap.detection.faces import FrameFaces, landmarks_array, read_faces
from faceswap.errors import NoFaces
from faceswap.films.frame_index import FrameIndex
from faceswap.stage import Summary
from faceswap.workspace import Workspace
from stages.detect import Detect
from stages.extract import Extract

Image = NDArray[np.uint8]


def workspace(root: Path, media: Path) -> Workspace:
    work = Workspace.create(root, [media], [media]).on("target")
    Extract().run(work)
    return work


def faces_of(work: Workspace) -> list[FrameFaces]:
    return list(read_faces(work.path("faces")))


@pytest.fixture(scope="module")
def talking(
    tmp_path_factory: pytest.TempPathFactory, talking_clip: Path, short_clip: Callable[..., Path]
) -> tuple[Workspace, Summary, dict[str, float]]:
    """A man talking for 60 frames, his faces found, and what the time went into."""
    work = workspace(tmp_path_factory.mktemp("detect") / "work", short_clip(talking_clip, 60, 320))
    clock.take()
    return work, Detect(workers=1).run(work), clock.take()


def test_a_talking_man_is_found_in_every_frame(
    talking: tuple[Workspace, Summary, dict[str, float]],
) -> None:
    work, summary, _ = talking
    lines = faces_of(work)
    assert summary == {"frames": 60, "frames_with_faces": 60, "faces": 60, "several": 0}
    assert [line.frame for line in lines] == list(range(60))
    for line in lines:
        left, top, right, bottom = line.faces[0].box
        middle = landmarks_array(line.faces[0]).mean(axis=0)
        assert left < middle[0] < right and top < middle[1] < bottom


def test_a_track_is_one_face_and_has_a_descriptor(
    talking: tuple[Workspace, Summary, dict[str, float]],
) -> None:
    faces = [line.faces[0] for line in faces_of(talking[0])]
    tracks = {face.track for face in faces}
    ranges = FrameIndex.load(talking[0].require("frames")).long_ranges()
    assert len(tracks) == len(ranges)
    for track in tracks:
        described = [f.descriptor is not None for f in faces if f.track == track]
        assert described[0]
        assert sum(described) <= 1 + len(described) // 48


def test_landmarks_are_steady(talking: tuple[Workspace, Summary, dict[str, float]]) -> None:
    points = np.array([landmarks_array(line.faces[0]) for line in faces_of(talking[0])])
    between = np.linalg.norm(points[:, 36:42].mean(1) - points[:, 42:48].mean(1), axis=1)
    shake = np.linalg.norm(points[:-2] - 2 * points[1:-1] + points[2:], axis=2).mean(axis=1)
    # One answer of the predictor in the frame's own pixels shakes by 0.025 here.
    assert np.median(shake / between[1:-1]) < 0.02


def test_the_time_is_told_by_part(talking: tuple[Workspace, Summary, dict[str, float]]) -> None:
    assert set(talking[2]) == {"decode", "detect", "landmarks", "descriptor"}


def test_any_number_of_workers_gives_the_same_file(
    talking: tuple[Workspace, Summary, dict[str, float]],
) -> None:
    work = talking[0]
    before = work.path("faces").read_bytes()
    Detect(workers=2).run(work)
    assert work.path("faces").read_bytes() == before


def test_it_goes_on_from_the_last_whole_range(
    talking: tuple[Workspace, Summary, dict[str, float]],
) -> None:
    work = talking[0]
    before = work.path("faces").read_bytes()
    lines = before.splitlines(keepends=True)
    work.partial("faces").write_bytes(b"".join(lines[:55]) + lines[55][:40])
    Detect(workers=1).run(work)
    assert work.path("faces").read_bytes() == before


def test_many_faces_are_described_by_keras_as_few_are_by_dlib(
    talking: tuple[Workspace, Summary, dict[str, float]],
) -> None:
    work, before = talking[0], talking[0].path("faces").read_bytes()
    some = [line.faces[0].descriptor for line in faces_of(work)]
    Detect(descriptors="all", workers=1).run(work)
    every, whole = [line.faces[0].descriptor for line in faces_of(work)], work.path("faces")
    assert all(every)
    both = [(few, many) for few, many in zip(some, every, strict=True) if few and many]
    assert both and np.abs(np.subtract(*np.moveaxis(np.array(both), 1, 0))).max() < 3e-5
    data = whole.read_bytes()
    work.partial("faces").write_bytes(b"".join(data.splitlines(keepends=True)[:50]))
    Detect(descriptors="all", workers=2).run(work)
    assert whole.read_bytes() == data
    whole.write_bytes(before)


def film_of(frames: list[Image], path: Path) -> Path:
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", 25, options={"crf": "16"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for picture in frames:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        film.mux(stream.encode(None))
    return path


def test_two_faces_and_a_face_on_its_side(tmp_path: Path, portrait: Image) -> None:
    two = np.concatenate([portrait, portrait[:, ::-1]], axis=1)
    lying = np.ascontiguousarray(np.rot90(two))
    still = [np.ascontiguousarray(two)] * 6
    work = workspace(tmp_path / "two", film_of(still, tmp_path / "two.mp4"))
    assert Detect(descriptors="none", workers=1).run(work)["several"] == 6
    work = workspace(tmp_path / "lying", film_of([lying] * 3, tmp_path / "lying.mp4"))
    assert Detect(descriptors="none", workers=1).run(work)["faces"] == 6
    rolls = [face.roll for line in faces_of(work) for face in line.faces]
    assert all(abs(roll + 90) < 15 for roll in rolls)


def test_hog_finds_the_face_and_not_the_helmet(tmp_path: Path, media: Path) -> None:
    picture = np.asarray(cv2.imread(str(media / "astronaut.png"), cv2.IMREAD_COLOR_RGB), np.uint8)
    work = workspace(tmp_path / "work", film_of([picture] * 3, tmp_path / "film.mp4"))
    assert Detect(detector="hog", min_size=40, workers=1).run(work)["faces"] == 3


def test_every_face_has_a_descriptor_or_none_has(tmp_path: Path, portrait: Image) -> None:
    work = workspace(tmp_path / "work", film_of([portrait] * 3, tmp_path / "film.mp4"))
    for asked, count in (("all", 3), ("none", 0)):
        Detect(descriptors=asked, workers=1).run(work)
        assert sum(f.descriptor is not None for x in faces_of(work) for f in x.faces) == count


def test_a_film_without_faces_is_said_so(tmp_path: Path) -> None:
    grey = [np.full((120, 160, 3), 100, np.uint8)] * 4
    work = workspace(tmp_path / "work", film_of(grey, tmp_path / "film.mp4"))
    with pytest.raises(NoFaces, match=r"4 frames .* detector hog: try --min-size 20"):
        Detect(detector="hog", workers=1).run(work)
    assert not work.exists("faces")

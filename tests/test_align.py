from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap.alignment.crops import CropFolder
from faceswap.errors import NoFaces
from faceswap.people import people
from faceswap.pictures.geometry import INNER, MARGIN, MEAN_FACE, crop_matrix, inverse, transform
from faceswap.workspace import Workspace
from stages.align import Align
from stages.detect import Detect
from stages.extract import Extract
from stages.people import People


def prepared(folder: Path, film: Path) -> Workspace:
    work = Workspace.create(folder / "work", [film], [film]).on("target")
    Extract().run(work)
    Detect(workers=1).run(work)
    People().run(work)
    return work


@pytest.fixture(scope="module")
def talking(
    tmp_path_factory: pytest.TempPathFactory,
    short_clip: Callable[..., Path],
    talking_clip: Path,
) -> Workspace:
    return prepared(tmp_path_factory.mktemp("talking"), short_clip(talking_clip, 10))


@pytest.fixture(scope="module")
def couple(
    tmp_path_factory: pytest.TempPathFactory, talking_clip: Path, portrait: NDArray[np.uint8]
) -> Workspace:
    """A film of two people: a man who talks, and beside him a woman's portrait."""
    folder = tmp_path_factory.mktemp("couple")
    beside = cv2.resize(portrait, (480, 480))
    with av.open(str(talking_clip)) as given, av.open(str(folder / "film.mp4"), "w") as made:
        stream = made.add_stream("libx264", 25)
        stream.width, stream.height, stream.pix_fmt = 640 + 480, 480, "yuv420p"
        for _, frame in zip(range(6), given.decode(video=0), strict=False):
            both = np.hstack([frame.to_ndarray(format="rgb24"), beside])
            made.mux(stream.encode(av.VideoFrame.from_ndarray(both)))
        made.mux(stream.encode(None))
    return prepared(folder, folder / "film.mp4")


def test_crops_show_the_face_where_the_mean_face_is(talking: Workspace) -> None:
    summary = Align(size=128, workers=1).run(talking)
    assert summary["crops"] == summary["frames"] == 10
    corner = np.array([0.5, 0.55]) - 1.6 * MARGIN / 2
    seats = (MEAN_FACE[INNER] - corner) * (128 / (1.6 * MARGIN)) - 0.5
    for crop in CropFolder(talking.path("crops")):
        assert np.abs(crop.crop_points[INNER] - seats).mean() < 3
        back = transform(crop.crop_points, inverse(crop.from_frame))
        assert back == pytest.approx(crop.points, abs=1e-6)
        assert np.allclose(crop.from_frame, crop_matrix(crop.points, 128), atol=1e-9)
    assert (talking.path("crops") / "sheet.png").exists()


def test_blurred_crops_are_kept_but_not_learnt(talking: Workspace) -> None:
    summary = Align(size=64, min_sharpness=1e9, workers=1).run(talking)
    assert summary["crops"] == 10 and summary["training"] == 0
    summary = Align(size=64, min_face=10_000, workers=1).run(talking)
    assert summary["training"] == 0


def test_a_deleted_picture_is_no_crop(talking: Workspace) -> None:
    Align(size=64, workers=1).run(talking)
    folder = CropFolder(talking.path("crops"))
    first = next(iter(folder))
    (folder.folder / first.name).unlink()
    assert folder.count() == 9 and next(iter(folder)) != first


def faces(work: Workspace) -> set[str]:
    """Who is on the crops: `man` left in the frame, `woman` right."""
    return {
        "man" if c.points[:, 0].mean() < 640 else "woman" for c in CropFolder(work.path("crops"))
    }


def everybody(work: Workspace) -> Path:
    """Swaps both, and forgets what was corrected; the path of people.toml."""
    work.path("people").unlink()
    People(identity="all").run(work)
    return work.path("people")


def test_everybody_or_one_person(couple: Workspace) -> None:
    everybody(couple)
    assert Align(size=64, workers=1).run(couple)["crops"] == 12
    assert faces(couple) == {"man", "woman"}
    assert {len([c for c in CropFolder(couple.path("crops")) if c.frame == 3])} == {2}
    chosen = people.People.load(couple.path("people"))
    chosen.person[0].swap = False
    chosen.save(couple.path("people"))
    assert Align(size=64, workers=1).run(couple)["crops"] == 6
    assert len(faces(couple)) == 1


def test_a_crop_says_its_track_and_its_shot(couple: Workspace) -> None:
    everybody(couple)
    Align(size=64, workers=1).run(couple)
    crops = list(CropFolder(couple.path("crops")))
    assert {crop.shot for crop in crops} == {1}
    assert {(crop.track, crop.points[:, 0].mean() < 640) for crop in crops} == {
        (crops[0].track, crops[0].points[:, 0].mean() < 640),
        (crops[1].track, crops[1].points[:, 0].mean() < 640),
    }


def test_what_is_dropped_is_no_crop_and_no_gap_to_fill(couple: Workspace) -> None:
    path = everybody(couple)
    chosen = people.People.load(path)
    path.write_text(path.read_text() + '[[drop]]\nframes = "2-3"\nperson = 1\n')
    assert Align(size=64, workers=1).run(couple)["crops"] == 10
    path.write_text(chosen.text() + '[[drop]]\nframes = "2"\n\n[[drop]]\ntrack = 2\n')
    assert Align(size=64, workers=1).run(couple)["crops"] == 5


def test_nobody_swapped_is_no_work_and_says_where_to_change_it(couple: Workspace) -> None:
    chosen = people.People.load(everybody(couple))
    for person in chosen.person:
        person.swap = False
    chosen.save(couple.path("people"))
    with pytest.raises(NoFaces, match=r"nobody is to be swapped.*people\.toml"):
        Align(size=64, workers=1).run(couple)
    for person in chosen.person:
        person.swap = True
    chosen.drop.append(people.Drop(frames="0-99"))
    chosen.save(couple.path("people"))
    with pytest.raises(NoFaces, match="see its drops"):
        Align(size=64, workers=1).run(couple)

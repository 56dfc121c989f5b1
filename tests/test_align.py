from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap.crops import CropFolder
from faceswap.errors import BadOption, NoFaces
from faceswap.geometry import INNER, MARGIN, MEAN_FACE, crop_matrix, inverse, transform
from faceswap.workspace import Workspace
from stages.align import Align
from stages.detect import Detect
from stages.extract import Extract


def prepared(folder: Path, film: Path) -> Workspace:
    work = Workspace.create(folder / "work", [film], [film]).on("target")
    Extract().run(work)
    Detect(workers=1).run(work)
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


def test_everybody_or_one_person_by_photo(
    couple: Workspace, tmp_path: Path, portrait: NDArray[np.uint8]
) -> None:
    assert Align(size=64, identity="all", workers=1).run(couple)["crops"] == 12
    assert faces(couple) == {"man", "woman"}
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), cv2.flip(portrait, 1)[..., ::-1])
    assert Align(size=64, identity=str(photo), workers=1).run(couple)["crops"] == 6
    assert faces(couple) == {"woman"}


def test_without_a_photo_one_person_is_kept(couple: Workspace) -> None:
    assert Align(size=64, workers=1).run(couple)["crops"] == 6
    assert len(faces(couple)) == 1


def test_a_photo_of_somebody_else_is_refused(
    talking: Workspace, tmp_path: Path, portrait: NDArray[np.uint8]
) -> None:
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), portrait[..., ::-1])
    with pytest.raises(NoFaces, match="nobody looks like"):
        Align(identity=str(photo), workers=1).run(talking)
    with pytest.raises(BadOption, match="identity takes the photo"):
        Align(identity=str(tmp_path / "none.png"), workers=1).run(talking)

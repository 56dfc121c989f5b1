"""dlib's trees, read from its file and from the copy that is kept."""

from __future__ import annotations

from pathlib import Path

import face_recognition_models
import numpy as np
import pytest

from faceswap.detection import shape_trees
from faceswap.detection.shape_trees import Trees, load, read_trees
from faceswap.errors import Damaged

PREDICTOR = Path(face_recognition_models.pose_predictor_model_location())
RESNET = Path(face_recognition_models.face_recognition_model_location())


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trees, Path]:
    """The trees as they are read, and where they are kept now."""
    folder = tmp_path_factory.mktemp("cache") / "new"
    return load(PREDICTOR, folder), folder


def test_all_of_the_file_is_read(kept: tuple[Trees, Path]) -> None:
    trees, _ = kept
    assert trees.leaves.shape == (15, 500, 16, 136)
    assert trees.first.shape == trees.limits.shape == (15, 15, 500)
    assert trees.anchors.shape == (15, 500) and trees.offsets.shape == (15, 500, 2)
    # Eyes above the mouth, and the left one of the picture to the left.
    assert trees.mean[36:48, 1].max() < trees.mean[48:, 1].min()
    assert trees.mean[36:42, 0].max() < trees.mean[42:48, 0].min()


def test_the_copy_that_is_kept_is_the_same(kept: tuple[Trees, Path]) -> None:
    trees, folder = kept
    assert len(list(folder.iterdir())) == 1
    again = load(PREDICTOR, folder)
    for name, one, other in zip(Trees._fields, trees, again, strict=True):
        assert one.dtype == other.dtype, name
        np.testing.assert_array_equal(one, other, name)


@pytest.mark.parametrize("spoil", ["byte", "short", "empty"])
def test_a_spoiled_copy_is_made_anew(kept: tuple[Trees, Path], spoil: str, tmp_path: Path) -> None:
    trees, folder = kept
    (good,) = folder.iterdir()
    data = bytearray(good.read_bytes())
    data[len(data) // 2] ^= 1
    copy = tmp_path / good.name
    copy.write_bytes({"byte": data, "short": data[:1000], "empty": b""}[spoil])
    small = tmp_path / "small.dat"
    small.write_bytes(b"no trees")
    # The name says which file it is of, so of this one the spoiled copy is the only trees.
    copy.rename(tmp_path / _named(small))
    with pytest.raises(Damaged, match="does not hold dlib's network"):
        load(small, tmp_path)
    (tmp_path / _named(small)).write_bytes(good.read_bytes())
    np.testing.assert_array_equal(load(small, tmp_path).mean, trees.mean)


def _named(path: Path) -> str:
    return f"landmarks-{shape_trees._named(path)}"


def test_a_folder_that_cannot_be_written_is_no_hindrance(
    kept: tuple[Trees, Path], tmp_path: Path
) -> None:
    trees, _ = kept
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    shape_trees._keep(blocked / "cache" / "trees", trees)
    assert list(tmp_path.iterdir()) == [blocked] and blocked.read_bytes() == b""


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it ends after 0 numbers"),
        (b"\x01\x02", "version 2, expected 1"),
        (b"\x01\x01\x81\x44", "rows of the mean shape -68, expected -136"),
        (PREDICTOR.read_bytes()[:5000], "in the midst of a number|it ends after"),
        (RESNET.read_bytes()[:100_000], "a number of|in the midst"),
    ],
)
def test_a_file_without_the_trees_is_told_of(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "trees.dat"
    path.write_bytes(data)
    with pytest.raises(Damaged, match=said):
        read_trees(path)

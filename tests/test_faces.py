"""What a line of faces.jsonl holds."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from faceswap.detection.faces import (
    Face,
    FrameFaces,
    descriptor_array,
    landmarks_array,
    make_face,
    read_faces,
)
from faceswap.errors import Damaged
from faceswap.storage.journal import Journal

POINTS = np.stack([np.linspace(10, 77, 68), np.linspace(20, 40, 68)], axis=1)


def a_face(**more: object) -> Face:
    return make_face((1.004, 2, 3, 4.5), np.float32(0.5), POINTS, **more)  # type: ignore[arg-type]


def test_a_line_comes_back_as_it_was_written(tmp_path: Path) -> None:
    numbers = np.linspace(-1, 1, 128)
    lines = [FrameFaces(0, [a_face(roll=-12.34, track=7, descriptor=numbers)]), FrameFaces(1)]
    path = tmp_path / "faces.jsonl"
    Journal(path, FrameFaces).append(lines)
    assert list(read_faces(path)) == lines


def test_arrays_are_those_given_but_for_rounding() -> None:
    numbers = np.linspace(-1, 1, 128)
    face = a_face(descriptor=numbers)
    assert np.abs(landmarks_array(face) - POINTS).max() <= 0.005
    described = descriptor_array(face)
    assert described is not None and np.abs(described - numbers).max() <= 5e-6
    assert face.box == (1.0, 2.0, 3.0, 4.5)


def test_a_face_without_descriptor_has_none() -> None:
    assert descriptor_array(a_face()) is None
    assert b"descriptor" not in msgspec.json.encode(a_face())


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b'{"frame": -1, "faces": []}',
        b'{"frame": 0, "faces": [], "more": 1}',
        b'{"frame": 0, "faces": [{"box": [0, 0, 1, 1], "score": 1, "landmarks": [[0, 0]]}]}',
        b"\xff",
    ],
)
def test_what_is_no_line_of_faces_is_refused(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "faces.jsonl"
    path.write_bytes(b'{"frame": 0, "faces": []}\n' + line + b"\n")
    with pytest.raises(Damaged, match="line 2"):
        list(read_faces(path))

"""Documents that claim what is not there, or would take for ever, are refused."""

from __future__ import annotations

import struct
from io import BytesIO

import numpy as np
import pytest

from faceswap.errors import BadOption, Damaged
from faceswap.films.frame_index import FrameIndex
from faceswap.lock import locked
from faceswap.people.people import People
from faceswap.settings import read
from faceswap.storage import limits
from faceswap.storage.rows import Rows

from .measured import refused


@pytest.mark.parametrize(
    "shape", ["(1000000000000, 9)", "(999999999, 0)", "(-1, 3)", "(4, 3)", "()"]
)
def test_arrays_that_claim_other_rows_than_they_have_are_damaged(shape, tmp_path):
    head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY\1\0" + struct.pack("<H", 118) + head.encode() + bytes(9))
    with pytest.raises(Damaged, match="is no array"):
        Rows(path)


@pytest.mark.parametrize("descr", ["'|O'", "'<f1'", "[('a', '|O')]", "'<U9'", "__import__('os')"])
def test_arrays_of_anything_but_numbers_are_damaged(descr, tmp_path):
    head = f"{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}".ljust(117) + "\n"
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY\1\0" + struct.pack("<H", 118) + head.encode() + bytes(8))
    with pytest.raises(Damaged, match="is no array"):
        Rows(path)


def test_an_archive_of_arrays_is_no_array(tmp_path):
    file = BytesIO()
    np.savez(file, a=np.ones(3))
    (tmp_path / "a.npy").write_bytes(file.getvalue())
    with pytest.raises(Damaged, match="is no array"):
        Rows(tmp_path / "a.npy")


TOML = {
    "dots": "a" + ".a" * 100_000 + " = 1",
    "depth": "a = " + "[" * 90_000,
    "digits": "a = " + "9" * 9000,
    "twice": "a = 1\n" * 2,
}


@pytest.mark.parametrize("kind", TOML)
def test_toml_that_would_take_for_ever_is_refused(kind, tmp_path):
    path = tmp_path / "faceswap.toml"
    path.write_text(TOML[kind])
    call = "read(Path(sys.argv[1]), [])"
    assert "is no TOML" in refused(path, "from faceswap.settings import read", call)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "people.toml"
    with path.open("wb") as file:
        file.truncate(limits.TOML_BYTES + 1)
    with pytest.raises(BadOption, match="at most"):
        People.load(path)
    with (tmp_path / "frames.json").open("wb") as file:
        file.truncate(limits.INDEX_BYTES + 1)
    with pytest.raises(Damaged, match="at most"):
        FrameIndex.load(tmp_path / "frames.json")


def test_tracks_without_end_are_not_counted(tmp_path):
    path = tmp_path / "people.toml"
    path.write_text(f'[[person]]\nnumber = 1\ntracks = "{", ".join(["0-9999999"] * 9)}"\n')
    with pytest.raises(BadOption, match="numbers are read"):
        People.load(path)


def test_a_key_of_some_dots_is_read(tmp_path):
    path = tmp_path / "faceswap.toml"
    path.write_text('source.detect.min_size = 9\n[evaluate]\ngallery = "a.b.c.d.e.f.g.h"\n')
    assert read(path, ["detect", "evaluate"])["source.detect"] == {"min_size": 9}


def test_a_lock_of_nonsense_is_held_by_somebody(tmp_path):
    for text in ('{"pid": Infinity, "host": []}', "[" * 90_000, "\0", '{"pid": 1e400}'):
        (tmp_path / "lock").write_text(text)
        with locked(tmp_path) as news:
            assert news.startswith(("another process", "process"))

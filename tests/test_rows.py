import numpy as np
import pytest

from faceswap.errors import Damaged
from faceswap.storage.rows import Rows


@pytest.fixture
def path(tmp_path):
    return tmp_path / "faces.npy"


def test_what_is_written_is_what_numpy_reads(path):
    values = np.arange(5 * 4 * 3, dtype=np.float32).reshape(5, 4, 3)
    rows = Rows.create(path, values.shape, np.float32)
    rows.write(3, values[3:])
    rows.write(0, values[:3])
    np.testing.assert_array_equal(np.load(path, allow_pickle=False), values)
    np.testing.assert_array_equal(rows.read(1, 4), values[1:4])


def test_what_numpy_wrote_can_be_read(path):
    values = np.random.default_rng(0).integers(0, 255, (4, 2, 2, 3), np.uint8)
    np.save(path, values)
    rows = Rows(path)
    assert (rows.shape, rows.dtype) == (values.shape, values.dtype)
    np.testing.assert_array_equal(rows.read(2, 3), values[2:3])
    assert rows.read(2, 2).shape == (0, 2, 2, 3)


def test_a_file_that_ends_after_its_header_is_made_anew(path):
    Rows.create(path, (3, 2), np.uint8)
    path.write_bytes(path.read_bytes()[:-6])
    assert not Rows.create(path, (3, 2), np.uint8).read(0, 3).any()


def test_rows_not_yet_written_are_nought(path):
    assert not Rows.create(path, (3, 2), np.uint8).read(0, 3).any()


def test_create_goes_on_with_the_file_that_is_there(path):
    Rows.create(path, (3, 2), np.uint8).write(0, np.ones((1, 2), np.uint8))
    assert Rows.create(path, (3, 2), np.uint8).read(0, 1).all()
    assert not Rows.create(path, (4, 2), np.uint8).read(0, 4).any()


def test_create_of_another_type_begins_anew(path):
    Rows.create(path, (3, 2), np.uint8)
    assert Rows.create(path, (3, 2), np.float32).dtype == np.float32


def test_create_after_a_kill_in_the_middle_of_it_begins_anew(path):
    path.write_bytes(b"")
    assert Rows.create(path, (3, 2), np.uint8).read(0, 3).shape == (3, 2)


def test_values_are_written_as_the_files_type(path):
    rows = Rows.create(path, (2, 2), np.float32)
    rows.write(0, np.array([[1, 2], [3, 4]]))
    assert rows.read(0, 2).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("data", [b"", b"no array", b"\x93NUMPY\x01\x00\x10\x00{'descr': 1}   \n"])
def test_what_is_no_array_is_damaged(path, data):
    path.write_bytes(data)
    with pytest.raises(Damaged, match="is no array"):
        Rows(path)


def test_a_missing_file_is_damaged(path):
    with pytest.raises(Damaged, match="is no array"):
        Rows(path)


def test_a_file_that_is_cut_off_is_damaged(path):
    rows = Rows.create(path, (3, 100), np.uint8)
    path.write_bytes(path.read_bytes()[:-1])
    assert rows.read(0, 2).shape == (2, 100)
    with pytest.raises(Damaged, match="cut off"):
        rows.read(2, 3)


@pytest.mark.parametrize("order", ["F", "object"])
def test_arrays_of_another_order_or_of_objects_are_refused(path, order):
    values = np.zeros((3, 4)) if order == "F" else np.array([{}, {}])
    np.save(path, np.asfortranarray(values))
    with pytest.raises(Damaged):
        Rows(path)

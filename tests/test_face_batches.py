from dataclasses import replace

import numpy as np
import pytest

from faceswap.data.dataset import WarpedPairs
from faceswap.data.face_batches import PLAIN, FaceBatches
from faceswap.data.labels import NONE
from faceswap.data.packed import PackedFaces


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    random = np.random.default_rng(0)
    faces = random.integers(0, 256, (7, 5, 5, 3), dtype=np.uint8)
    np.save(folder / "faces.npy", faces.repeat(16, axis=1).repeat(16, axis=2))
    return PackedFaces(folder)


def test_a_batch_is_a_function_of_seed_and_step(packed):
    feed, other = FaceBatches(packed, 32, 4), FaceBatches(packed, 32, 4, seed=1)
    later = feed.after(2)
    np.testing.assert_array_equal(next(later), feed(2))
    np.testing.assert_array_equal(next(later), feed(3))
    assert np.abs(feed(2) - other(2)).max() > 0.1
    assert feed(0).shape == (4, 32, 32, 3) and feed(0).dtype == np.float32
    assert feed(0).min() >= 0 and 0.5 < feed(0).max() <= 1


def test_all_faces_come_before_any_comes_again(packed):
    feed = FaceBatches(packed, 32, 3, learnt=np.array([0, 2, 4, 6]))
    places = np.concatenate([feed.order(step) for step in range(4)])
    for epoch in places.reshape(3, 4):
        assert sorted(epoch) == [0, 2, 4, 6]


def test_faces_as_they_are_are_those_that_a_swap_sees(packed):
    # Half of the examples are mirrored and nothing else happens to them.
    pairs = WarpedPairs({"source": packed, "target": packed}, 32, 4)
    feed = FaceBatches(packed, 32, 7)
    plain = feed.plain(range(7))
    np.testing.assert_array_equal(plain, pairs.plain("source", range(7)))
    found = dict(zip(feed.order(0).tolist(), feed(0), strict=True))
    mirrored = [np.abs(found[n] - plain[n]).max() > 0.1 for n in range(7)]
    assert 0 < sum(mirrored) < 7
    for n in range(7):
        expected = plain[n][:, ::-1] if mirrored[n] else plain[n]
        np.testing.assert_allclose(found[n], expected, atol=2 / 255)


def test_faces_are_moved_where_that_is_asked_for(packed):
    still = FaceBatches(packed, 32, 7, replace(PLAIN, flip=False))
    moved = FaceBatches(packed, 32, 7, replace(PLAIN, flip=False, rotation=5, shift=0.1))
    assert np.abs(still(0) - still.plain(still.order(0))).max() == 0
    assert np.abs(moved(0) - still(0)).max() > 0.2


def test_a_face_without_a_class_is_left_out(packed):
    classes = np.array([0, 1, NONE, 0, 1, NONE, 0], np.int32)
    feed = FaceBatches(packed, 32, 5, PLAIN, classes=classes)
    faces, known = feed(3)
    assert len(faces) == len(known) == 5 and known.dtype == np.int32
    assert sorted(feed.order(0)) == [0, 1, 3, 4, 6]
    np.testing.assert_array_equal(known, classes[feed.order(3)])


def test_tensorflow_is_told_the_form_of_a_batch(packed):
    from faceswap.data.dataset import batches

    feed = FaceBatches(packed, 32, 2, classes=np.zeros(7, np.int32))
    faces, classes = next(iter(batches(feed, 5)))
    np.testing.assert_array_equal(faces, feed(5)[0])
    np.testing.assert_array_equal(classes, feed(5)[1])

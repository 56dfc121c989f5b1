import numpy as np
import pytest

from faceswap.errors import NoFaces
from faceswap.generation.generated import (
    agreement,
    distances,
    look,
    nearest,
    precision_recall,
    spread,
)


def cloud(seed, count=200, scale=1.0, shift=0.0):
    return shift + scale * np.random.default_rng(seed).standard_normal((count, 3))


def test_precision_falls_outside_and_recall_where_variety_is_missing():
    learnt = cloud(0)
    same = precision_recall(learnt, cloud(1))
    assert min(same) > 0.8
    narrow = precision_recall(learnt, cloud(2, scale=0.1))
    assert narrow[0] > 0.95 and narrow[1] < 0.3
    away = precision_recall(learnt, cloud(3, shift=20.0))
    assert away == (0.0, 0.0)
    assert precision_recall(learnt, learnt) == (1.0, 1.0)
    with pytest.raises(NoFaces, match="more than 3"):
        precision_recall(learnt, cloud(1, 3))


def test_copies_are_told_from_what_is_new():
    learnt, held = cloud(0), cloud(1)
    assert np.median(nearest(cloud(2), learnt, held).away) == pytest.approx(1, abs=0.25)
    found = nearest(learnt[:100] + 0.01 * cloud(3, 100), learnt, held, 2)
    assert np.median(found.away) < 0.1
    assert found.places.shape == (100, 2) and found.places[:, 0].tolist() == list(range(100))
    same = learnt.astype(np.float32).astype(np.float64)
    for scale in (1, 1000):
        rows = [scale * one for one in (cloud(2), learnt, same)]
        assert np.median(nearest(*rows).away) == pytest.approx(1, abs=0.3)


def test_distances_and_their_spread():
    rows = np.array([[0.0, 0.0], [3.0, 4.0]])
    assert distances(rows, rows).tolist() == [[0, 5], [5, 0]]
    assert spread(rows) == 5
    assert spread(np.repeat(rows[:1], 4, axis=0)) == 0


def test_a_face_is_found_and_described_and_noise_is_none(portrait):
    import cv2

    face = cv2.resize(portrait[20:250, 20:250], (64, 64), interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(0).random((64, 64, 3))
    seen = look(np.stack([face / 255, noise]).astype(np.float32))
    assert seen.found.tolist() == [True, False]
    assert seen.described.shape == (1, 128)


class Shut:
    """A model of labels that draws the same face whatever it is asked for."""

    size, classes = 64, "closed,open"

    def __init__(self, face):
        self.face = face

    def sample(self, net, count, seed, **controls):
        return np.repeat(self.face[None], count, axis=0)


def test_labels_are_measured_and_nobody_is_described(portrait, monkeypatch):
    import cv2

    face = cv2.resize(portrait[20:250, 20:250], (64, 64), interpolation=cv2.INTER_AREA)
    monkeypatch.setattr("faceswap.generation.generated.PER_CLASS", 2)
    monkeypatch.setattr("faceswap.detection.descriptors.Describer.describe", None)
    # Right for one of two classes.
    assert agreement(Shut(face / np.float32(255)), None, 0) == {"label_agreement": 0.5}

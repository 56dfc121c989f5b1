import numpy as np
import pytest

from aligned import looked_at
from faceswap.data.held_out import evenly, split
from faceswap.data.labels import Labels
from faceswap.errors import BadOption, NoFaces
from faceswap.generation.attributes import Attributes, attributes
from faceswap.generation.editing import change
from models.pixel_model import PixelModel


def correlated(count=400):
    """Latents of two attributes that go along with each other, and their labels."""
    random = np.random.default_rng(0)
    smile = random.standard_normal(count)
    mouth = 0.7 * smile + 0.7 * random.standard_normal(count)
    latents = 0.1 * random.standard_normal((count, 6))
    latents[:, 0] += smile
    latents[:, 1] += mouth
    columns = {"smile": [f"{v:.4f}" for v in smile], "mouth": [f"{v:.4f}" for v in mouth]}
    columns |= {"crop": [str(n) for n in range(count)], "sex": [], "empty": [""] * count}
    columns["sex"] = ["f" if v > 0 else "m" for v in latents[:, 4]]
    return latents.astype(np.float32), Labels(columns)


def test_what_goes_along_is_taken_apart():
    latents, labels = correlated()
    found = attributes(latents, labels)
    assert list(found.names) == ["smile", "mouth", "sex"]
    smile = found.way("smile")
    assert abs(smile[1]) < 0.1 * smile[0]
    high = np.array(labels.numbers("smile")) > 0
    plain = latents[high].mean(axis=0) - latents[~high].mean(axis=0)
    assert plain[1] > 0.5 * plain[0]
    assert set(found.beside("smile")) == {"mouth", "sex"}
    assert abs(found.beside("smile")["mouth"]) < 0.1
    ways = np.array([[2.0, 0.0], [3.0, 3.0], [0.0, 0.5], [-1.0, 0.1]], np.float32)
    beside = Attributes(["a", "b", "c", "d"], ways, np.ones(4)).beside("a")
    assert list(beside) == ["d", "b", "c"]
    assert beside == pytest.approx({"d": -0.995, "b": 0.5**0.5, "c": 0.0}, abs=1e-3)
    assert 0.3 < found.shares[0] < 0.8 < found.shares[2]


def test_along_a_way_the_attribute_rises_and_no_other():
    latents, labels = correlated()
    way = attributes(latents, labels).way("mouth")
    moved = [latents[0] + k * way for k in (-3, -1, 0, 1, 3)]
    rises = np.diff([m[1] for m in moved])
    assert (rises > 0).all()
    assert abs(moved[-1][0] - moved[0][0]) < 0.5 * abs(moved[-1][1] - moved[0][1])
    np.testing.assert_allclose(latents[0] + 2 * way - 2 * way, latents[0], atol=1e-6)


@pytest.mark.parametrize("name", ["mouth", "smile", "eyes"])
def test_faces_that_were_not_learnt_change_in_what_is_edited(speaker, name):
    """Looked at with landmarks of their own; in deviations of the learnt faces."""
    faces, (learnt, fair) = speaker.faces(), split(len(speaker.frames), 0.2)
    model = PixelModel(size=faces.shape[1], components=32)
    net, known = model.build(), speaker.labels.rows(learnt)
    model.fit(net, faces[learnt], known)
    found = attributes(model.encode(net, faces[learnt]), known)
    amounts, moved = np.linspace(-3, 3, 7), []
    for place in evenly(fair, 3):
        face = faces[place : place + 1]
        edited = [change(model, net, face, found.way(name), k)[0] for k in amounts]
        seen = [looked_at(face[0] + one) for one in edited]
        ranks = np.argsort(np.argsort([figures[name] for figures in seen]))
        assert np.corrcoef(ranks, np.arange(7))[0, 1] > 0.9
        moved.append([seen[-1][n] - seen[0][n] for n in found.names])
    deviations = [known.numbers(n).std() for n in found.names]
    moves = dict(zip(found.names, np.abs(moved).mean(axis=0) / deviations, strict=True))
    assert moves.pop(name) > 2 * max(moves.values())


def test_a_label_that_is_the_same_where_the_others_are_known_has_no_way():
    latents, labels = correlated()
    glasses = ["1" if n < 50 else "0" for n in range(400)]
    partly = ["" if n < 50 else cell for n, cell in enumerate(labels.columns["smile"])]
    found = attributes(latents, Labels(labels.columns | {"smile": partly, "glasses": glasses}))
    assert list(found.names) == ["smile", "mouth", "sex"]
    assert np.isfinite(found.ways).all() and np.isfinite(found.shares).all()
    with pytest.raises(NoFaces, match="alike in each"):
        attributes(latents, Labels({"crop": labels.columns["crop"], "glasses": ["0"] * 400}))


def test_few_faces_and_unknown_attributes_are_refused():
    latents, labels = correlated(20)
    with pytest.raises(NoFaces, match="20 faces have all labels: at least 30"):
        attributes(latents, labels)
    latents, labels = correlated(60)
    with pytest.raises(BadOption, match="no attribute 'age'"):
        attributes(latents, labels).way("age")

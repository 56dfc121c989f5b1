import numpy as np
import pytest

from faceswap.data.held_out import split
from faceswap.data.labels import Labels
from faceswap.errors import Unsupported
from models.mean_face import MeanFace
from models.pixel_model import PixelModel

NONE = Labels({"crop": [""] * 400})


@pytest.fixture(scope="module")
def faces():
    """Smooth pictures: sums of a few slopes and waves, and a little noise."""
    random = np.random.default_rng(0)
    x, y = np.meshgrid(np.linspace(0, 1, 16), np.linspace(0, 1, 16))
    waves = np.stack([x, y, np.sin(4 * x), np.cos(4 * y), np.ones_like(x)])
    mixed = np.einsum("nkc,kyx->nyxc", random.normal(0, 0.08, (400, 5, 3)), waves)
    return (0.5 + mixed + random.normal(0, 0.005, mixed.shape)).astype(np.float32)


def fitted(faces, **options):
    model = PixelModel(size=16, **options)
    net = model.build()
    model.fit(net, faces, NONE)
    return model, net


def neighbours(faces, mean):
    """The correlation of what is beside each other, of differences from a mean."""
    away = faces - mean
    left, right = away[:, :, :-1].ravel(), away[:, :, 1:].ravel()
    return np.corrcoef(left, right)[0, 1]


def test_independent_pixels_have_the_data_s_colours_and_nothing_else(faces):
    model, net = fitted(faces, kind="independent", bank=400)
    drawn = model.sample(net, 400, 1)
    mean = faces.mean(axis=0)
    for at in ((3, 4, 0), (12, 7, 2)):
        steps = np.sort(faces[:, *at])
        ours, theirs = ((f[:, *at][:, None] <= steps).mean(axis=0) for f in (drawn, faces))
        # Kolmogorov and Smirnov's, of draws from a distribution that is known: 1 in 100 is above.
        assert np.abs(ours - theirs).max() < 1.63 / np.sqrt(400)
    assert abs(neighbours(drawn, mean)) < 0.05
    assert neighbours(faces, mean) > 0.9


def test_no_face_is_drawn_from_more_often_where_the_bank_is_not_full(faces):
    plain = np.broadcast_to(np.linspace(0, 1, 5)[:, None, None, None], (5, 16, 16, 3))
    model, net = fitted(plain.astype(np.float32), kind="independent", bank=8)
    drawn = model.sample(net, 40, 1)
    shares = np.bincount(np.round(4 * drawn[..., 0]).astype(int).ravel()) / drawn[..., 0].size
    np.testing.assert_allclose(shares, np.full(5, 0.2), atol=0.02)
    np.testing.assert_allclose(model.sample(net, 1, 1, psi=0), 0.5, atol=1e-6)


def test_means_and_deviations_are_found_again(faces):
    model, net = fitted(faces, kind="gaussian")
    np.testing.assert_allclose(net["mean"], faces.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(net["deviation"], faces.std(axis=0), rtol=1e-4)
    drawn = model.sample(net, 1000, 2)
    error = net["deviation"] / np.sqrt(1000)
    away = np.abs(drawn.mean(axis=0) - net["mean"]) / error
    wider = np.abs(drawn.std(axis=0) - net["deviation"]) / (error / np.sqrt(2))
    for found in (away, wider):
        # Three standard errors, which one in 370 is beyond.
        assert (found < 3).mean() > 0.99 and found.max() < 4.5


def test_eigenfaces_restore_what_neighbours_have_in_common(faces):
    model, net = fitted(faces, kind="pca", components=12)
    drawn = model.sample(net, 200, 3)
    assert neighbours(drawn, faces.mean(axis=0)) > 0.9
    copies = np.asarray(model.decode(net, model.encode(net, faces)))
    assert ((copies - faces) ** 2).mean() < 0.02 * faces.var(axis=0).mean()


def test_held_out_faces_are_likelier_along_eigenfaces(faces):
    known, held = faces[:300], faces[300:]
    found = {}
    for kind in ("gaussian", "pca"):
        model, net = fitted(known, kind=kind, components=16)
        found[kind] = model.log_likelihood(net, held).mean()
    assert found["pca"] > found["gaussian"] + 0.5


def test_of_real_faces_too_eigenfaces_know_more_than_pixels(speaker):
    """One person's, moved: where they lie still, few eigenfaces say all of those learnt."""
    moved = speaker.shaken(8, 10, 0)
    known, held = (moved[places] for places in split(len(moved), 0.2)[:2])
    mean, likely, alike = known.mean(axis=0), {}, {"real": neighbours(held, known.mean(axis=0))}
    for kind in ("independent", "gaussian", "pca"):
        model = PixelModel(size=moved.shape[1], kind=kind, components=32)
        net = model.build()
        model.fit(net, known, Labels({"crop": [""] * len(known)}))
        alike[kind] = neighbours(model.sample(net, 200, 3), mean)
        if kind != "independent":
            likely[kind] = model.log_likelihood(net, held).mean()
    assert likely["pca"] > likely["gaussian"] + 0.5
    assert min(alike["real"], alike["pca"]) > 0.9
    assert max(abs(alike["independent"]), abs(alike["gaussian"])) < 0.05


def test_a_likelihood_is_that_of_the_whole_covariance(faces):
    few = faces[:, :3, :3].copy()
    model = PixelModel(size=3, kind="pca", components=4)
    net = model.build()
    model.fit(net, few, NONE)
    axes = net["axes"].reshape(4, -1).astype(np.float64)
    kept = net["deviations"].astype(np.float64) ** 2
    rest = float(net["rest"]) ** 2
    spread = axes.T @ np.diag(kept - rest) @ axes + rest * np.eye(27)
    away = (few - net["mean"]).reshape(len(few), -1).astype(np.float64)
    squares = (away @ np.linalg.inv(spread) * away).sum(axis=1)
    whole = -0.5 * (squares + np.linalg.slogdet(spread)[1] + 27 * np.log(2 * np.pi)) / 27
    np.testing.assert_allclose(model.log_likelihood(net, few), whole, rtol=1e-4)


def test_pixels_without_eigenfaces_have_no_latents(faces):
    model, net = fitted(faces, kind="independent", bank=4)
    with pytest.raises(Unsupported, match="no latents"):
        model.encode(net, faces)
    with pytest.raises(Unsupported, match="no density"):
        model.log_likelihood(net, faces)


def test_the_mean_is_the_nearest_and_its_halves_differ_as_they_should(faces):
    model = MeanFace(size=16)
    net = model.build()
    model.fit(net, faces, NONE)
    mean = net["face"]
    own = ((faces - mean) ** 2).sum()
    assert all(own <= ((faces - face) ** 2).sum() for face in faces)
    # Of faces whose pixels know nothing of each other, so that 768 numbers say what to expect.
    noisy = np.random.default_rng(1).normal(0.5, 0.1, faces.shape).astype(np.float32)
    halves = []
    for half in (noisy[::2], noisy[1::2]):
        model.fit(net, half, Labels({"crop": [""] * 200}))
        halves.append(net["face"])
    expected = 2 * noisy.var(axis=0, ddof=1).mean() / 200
    assert ((halves[0] - halves[1]) ** 2).mean() == pytest.approx(expected, rel=0.2)


def test_the_median_is_told_from_the_mean(faces):
    skewed = faces.copy()
    skewed[:100] = 1.0
    model = MeanFace(size=16, statistic="median")
    net = model.build()
    assert model.fit(net, skewed, NONE) == {"faces": 400}
    np.testing.assert_allclose(net["face"], np.median(skewed, axis=0), atol=1e-6)

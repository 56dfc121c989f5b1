import numpy as np
import pytest

from faceswap.data.labels import Labels
from faceswap.errors import Unsupported
from faceswap.generation.inverting import invert, sought
from faceswap.generation.synthesis import Synthesis
from models.pixel_model import PixelModel

#: What a stroke is brighter by.
STROKE = 0.1


@pytest.fixture(scope="module")
def fitted():
    """Eigenfaces of smooth pictures that are nowhere black or white."""
    random = np.random.default_rng(0)
    x, y = np.meshgrid(np.linspace(0, 1, 16), np.linspace(0, 1, 16))
    waves = np.stack([x, y, np.sin(6 * x), np.cos(6 * y), np.sin(9 * x * y)])
    mixed = np.einsum("nkc,kyx->nyxc", random.normal(0, 0.04, (90, 5, 3)), waves)
    model = PixelModel(size=16, components=15)
    net = model.build()
    model.fit(net, (0.5 + mixed).astype(np.float32), Labels({"crop": [""] * 90}))
    return model, net


class Blind:
    """The same without an encoder."""

    def __init__(self, model):
        self.name, self.size = model.name, model.size
        self.sample, self.latents, self.decode = model.sample, model.latents, model.decode
        self.wanted = model.wanted


class Rough(Blind):
    """The same with an encoder that is not right."""

    def __init__(self, model):
        super().__init__(model)
        self.encode = lambda net, faces: 0.5 * model.encode(net, faces)


def test_what_a_model_drew_is_found_again(fitted):
    model, net = fitted
    faces = model.sample(net, 3, 5)
    by = {"encoder": Rough(model), "optimise": Blind(model), "hybrid": Rough(model)}
    found = {way: invert(one, net, faces, way, 120) for way, one in by.items()}
    # Where the latents of a Gaussian lie: their length deviates by 1 / sqrt(2).
    for way in ("optimise", "hybrid"):
        lengths = np.linalg.norm(found[way].latents, axis=1)
        assert (np.abs(lengths - np.sqrt(15)) < 2 / np.sqrt(2)).all()
    psnr = {way: one.psnr(faces).min() for way, one in found.items()}
    assert psnr["hybrid"] >= psnr["optimise"] > max(30, psnr["encoder"])
    with pytest.raises(Unsupported, match="has no encoder"):
        invert(Blind(model), net, faces, "encoder")


def test_the_pictures_of_a_walk_are_evenly_apart(fitted):
    faces = Synthesis(*fitted).walked(4, 8)
    steps = np.linalg.norm((faces - np.roll(faces, -1, axis=0)).reshape(32, -1), axis=1)
    assert steps.max() < 3 * steps.min()


def test_a_stroke_is_answered_to_and_the_rest_stays(fitted):
    model, net = fitted
    start = 0.3 * model.latents(net, 1, 7)
    before = np.asarray(model.decode(net, start))
    weights = np.ones((1, 16, 16), np.float32)
    weights[:, 6:10, 6:10] = 20
    wanted = before.copy()
    wanted[:, 6:10, 6:10] += STROKE
    after = sought(model, net, start, wanted, weights, 150).drawn
    inside = np.s_[:, 6:10, 6:10]
    left = np.abs(after - wanted)[inside].mean() / np.abs(before - wanted)[inside].mean()
    assert left < 0.5
    away = np.abs(after - before)
    away[inside] = np.nan
    assert np.nanmean(away) < min(0.05, 0.5 * STROKE)


def test_holding_a_start_keeps_it_near(fitted):
    model, net = fitted
    start, faces = np.zeros((1, 15), np.float32), model.sample(net, 1, 9)
    weights = np.ones((1, 16, 16), np.float32)
    free, held = (sought(model, net, start, faces, weights, 60, h).latents for h in (0.0, 10.0))
    assert np.linalg.norm(held) < 0.5 * np.linalg.norm(free)

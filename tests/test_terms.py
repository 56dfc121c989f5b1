import numpy as np
import pytest

from faceswap.terms import HELP, TERMS, View

RANDOM = np.random.default_rng(0)


def picture(side: int = 24) -> np.ndarray:
    return RANDOM.random((2, side, side, 3)).astype(np.float32)


def view(weights: np.ndarray | None = None, drawn: np.ndarray | None = None) -> View:
    masks = RANDOM.random((2, 2, 24, 24)).astype(np.float32)
    drawn = picture() if drawn is None else drawn
    return View(picture(), picture(), drawn, masks[0], weights, masks[1])


def test_absolute_and_squared_error():
    seen = view()
    assert float(TERMS["l1"](seen)) == pytest.approx(np.abs(seen.real - seen.drawn).mean(), 1e-5)
    assert float(TERMS["mse"](seen)) == pytest.approx(((seen.real - seen.drawn) ** 2).mean(), 1e-5)
    assert float(TERMS["mask"](seen)) == pytest.approx(((seen.mask - seen.alpha) ** 2).mean(), 1e-5)


def test_structure_asks_for_contrast():
    seen = view()
    same = seen._replace(drawn=seen.real)
    flat = same._replace(drawn=np.full_like(seen.real, seen.real.mean()))
    half = same._replace(drawn=0.5 + seen.real / 2)
    assert float(TERMS["dssim"](same)) == pytest.approx(0, abs=1e-5)
    assert float(TERMS["dssim"](flat)) > float(TERMS["dssim"](half))


@pytest.mark.parametrize("name", ["l1", "mse", "dssim", "mask"])
def test_weights_weigh_places(name):
    left = np.zeros((2, 24, 24), np.float32)
    left[:, :, :12] = 1
    seen = view(left)
    drawn, alpha = seen.drawn.copy(), seen.alpha.copy()
    drawn[:, :, 18:], alpha[:, :, 18:] = 0, 0
    changed = seen._replace(drawn=drawn, alpha=alpha)
    assert float(TERMS[name](changed)) == pytest.approx(float(TERMS[name](seen)), rel=1e-5)
    whole = np.ones_like(left)
    weighed, plain = (float(TERMS[name](seen._replace(weights=w))) for w in (whole, None))
    assert weighed == pytest.approx(plain, rel=1e-6)


def test_every_term_is_told_of():
    assert HELP.keys() >= TERMS.keys()
    assert all(text.endswith((".", ":")) for text in HELP.values())

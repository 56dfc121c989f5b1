import numpy as np
import pytest

from faceswap.networks.losses import C1, C2, LIGHT, SCALES, window_matrix
from faceswap.networks.terms import HELP, SWAP_TERMS, TERMS, View

RANDOM = np.random.default_rng(0)


def picture(side: int = 24) -> np.ndarray:
    return RANDOM.random((2, side, side, 3)).astype(np.float32)


def view(weights: np.ndarray | None = None, drawn: np.ndarray | None = None) -> View:
    masks = RANDOM.random((2, 2, 24, 24)).astype(np.float32)
    drawn = picture() if drawn is None else drawn
    eyes = np.zeros((2, 24, 24), np.float32)
    eyes[:, 7:11, 3:9] = 1
    return View(picture(), picture(), drawn, masks[0], weights, masks[1], eyes)


def test_absolute_and_squared_error():
    seen = view()
    assert float(TERMS["l1"](seen)) == pytest.approx(np.abs(seen.real - seen.drawn).mean(), 1e-5)
    assert float(TERMS["mse"](seen)) == pytest.approx(((seen.real - seen.drawn) ** 2).mean(), 1e-5)
    assert float(TERMS["mask"](seen)) == pytest.approx(((seen.mask - seen.alpha) ** 2).mean(), 1e-5)


def test_errors_in_the_eyes_are_means_over_the_whole_picture():
    seen = view()
    apart = np.abs(seen.real - seen.drawn).mean(-1)
    assert float(TERMS["l1_eyes"](seen)) == pytest.approx((seen.eyes * apart).mean(), rel=1e-5)
    real, drawn = (
        {axis: np.abs(np.diff(p, axis=axis)) for axis in (1, 2)} for p in (seen.real, seen.drawn)
    )
    down, along = (np.abs(real[axis] - drawn[axis]).mean(-1) for axis in (1, 2))
    expected = (down * seen.eyes[:, 1:]).mean() + (along * seen.eyes[:, :, 1:]).mean()
    assert float(TERMS["edge_eyes"](seen)) == pytest.approx(expected, rel=1e-5)
    blind = seen._replace(eyes=np.zeros_like(seen.eyes))
    assert float(TERMS["l1_eyes"](blind)) == float(TERMS["edge_eyes"](blind)) == 0


@pytest.mark.parametrize("least", [None, 0.1, 0.5])
def test_a_mask_is_asked_for_as_much_as_its_phase_says(least):
    seen = view() if least is None else view()._replace(least=least)
    expected = np.maximum((0.4 if least is None else least) - seen.alpha, 0).mean()
    assert float(TERMS["mask_least"](seen)) == pytest.approx(expected, rel=1e-5)
    assert expected > 0


def test_structure_asks_for_contrast():
    seen = view()
    same = seen._replace(drawn=seen.real)
    flat = same._replace(drawn=np.full_like(seen.real, seen.real.mean()))
    half = same._replace(drawn=0.5 + seen.real / 2)
    assert float(TERMS["dssim"](same)) == pytest.approx(0, abs=1e-5)
    assert float(TERMS["dssim"](flat)) > float(TERMS["dssim"](half))


@pytest.mark.parametrize("name", ["l1", "mse", "dssim", "mask", "edge"])
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


def test_edges_are_differences_of_neighbours():
    seen = view()
    expected = 0.0
    for axis in (1, 2):
        real, drawn = (np.abs(np.diff(p, axis=axis)) for p in (seen.real, seen.drawn))
        expected += np.abs(real - drawn).mean()
    assert float(TERMS["edge"](seen)) == pytest.approx(expected, rel=1e-5)


def test_total_variation_is_the_mean_difference_of_neighbours():
    seen = view()
    for name, maps in (("tv", seen.drawn), ("mask_tv", seen.alpha)):
        expected = sum(np.abs(np.diff(maps, axis=axis)).mean() for axis in (1, 2))
        assert float(TERMS[name](seen)) == pytest.approx(expected, rel=1e-5)
    assert float(TERMS["mask_size"](seen)) == pytest.approx(seen.alpha.mean(), rel=1e-5)


def test_frequencies_that_are_worst_weigh_most():
    seen = view()
    total = 0.0
    for number in range(2):
        for channel in range(3):
            apart = seen.real[number, ..., channel] - seen.drawn[number, ..., channel]
            distance = np.abs(np.fft.fft2(apart, norm="ortho"))
            total += (distance / distance.max() * distance**2).mean()
    assert float(TERMS["focal_frequency"](seen)) == pytest.approx(total / 6, rel=1e-4)
    same = seen._replace(drawn=seen.real)
    assert float(TERMS["focal_frequency"](same)) == 0


def test_structure_at_several_scales_is_the_formula_written_out():
    first, second = (RANDOM.random((2, 48, 48, 3)).astype(np.float32) for _ in range(2))
    second = (0.7 * first + 0.3 * second).astype(np.float32)
    a, b = (p @ np.float32(LIGHT) for p in (first, second))
    # 48, 24 and 12 pixels: the fourth would be 6.
    weights = np.array(SCALES[:3]) / sum(SCALES[:3])
    product = np.ones(2)
    for number, weight in enumerate(weights):
        window = window_matrix(a.shape[-1])
        mean_a, mean_b, aa, bb, ab = (window @ m @ window.T for m in (a, b, a * a, b * b, a * b))
        contrast = (2 * (ab - mean_a * mean_b) + C2) / (aa + bb - mean_a**2 - mean_b**2 + C2)
        light = (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)
        product *= (contrast * light if number == 2 else contrast).mean((1, 2)) ** weight
        a, b = (m.reshape(2, m.shape[1] // 2, 2, -1, 2).mean((2, 4)) for m in (a, b))
    seen = View(first, first, second)
    assert float(TERMS["ms_ssim"](seen)) == pytest.approx(1 - product.mean(), rel=1e-4)


def test_style_compares_the_blurred_colours_on_the_face():
    seen = view()
    window = window_matrix(24, 3.0)
    moments = []
    for pictures in (seen.real, seen.drawn):
        soft = np.einsum("ay,nyxc,bx->nabc", window, pictures * seen.mask[..., None], window)
        moments.append((soft.mean((1, 2)), soft.std((1, 2))))
    expected = sum(((one - two) ** 2).mean() for one, two in zip(*moments, strict=True))
    assert float(SWAP_TERMS["style"](seen, seen)) == pytest.approx(expected, rel=1e-2)


def test_the_background_does_not_see_the_face():
    seen = view()._replace(mask=np.ones((2, 24, 24), np.float32))
    assert float(SWAP_TERMS["background"](seen, seen)) == pytest.approx(0, abs=1e-6)
    outside = seen._replace(mask=np.zeros((2, 24, 24), np.float32))
    expected = float(TERMS["dssim"](seen)) + float(TERMS["mse"](seen))
    assert float(SWAP_TERMS["background"](outside, seen)) == pytest.approx(expected, rel=1e-4)

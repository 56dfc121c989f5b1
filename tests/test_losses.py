import numpy as np
import pytest

from faceswap.networks.losses import SIGMA, blurred, detail, dissimilarity, window_matrix

RANDOM = np.random.default_rng(0)


def picture(side: int = 24) -> np.ndarray:
    return RANDOM.random((2, side, side, 3)).astype(np.float32)


def test_window_is_a_gaussian_that_adds_to_one():
    window = window_matrix(30)
    np.testing.assert_allclose(window.sum(1), 1, atol=1e-6)
    assert window[15, 16] / window[15, 15] == pytest.approx(np.exp(-1 / 4.5), rel=1e-5)
    assert window[15, 21] == 0 < window[15, 20]


def test_dissimilarity_is_the_formula_written_out():
    first, second = picture(), picture()
    a, b = (np.einsum("nhwc,c->nhw", p, [0.299, 0.587, 0.114]) for p in (first, second))
    window = np.outer(window_matrix(24)[12], window_matrix(24)[12])
    mean_a, mean_b = (a * window).sum((1, 2)), (b * window).sum((1, 2))
    var_a = (a**2 * window).sum((1, 2)) - mean_a**2
    var_b = (b**2 * window).sum((1, 2)) - mean_b**2
    both = (a * b * window).sum((1, 2)) - mean_a * mean_b
    ssim = (2 * mean_a * mean_b + 1e-4) * (2 * both + 9e-4)
    ssim /= (mean_a**2 + mean_b**2 + 1e-4) * (var_a + var_b + 9e-4)
    np.testing.assert_allclose(dissimilarity(first, second)[:, 12, 12], (1 - ssim) / 2, atol=1e-5)


@pytest.mark.parametrize("count", [1, 2])
def test_a_blur_of_few_pictures_is_that_of_numpy(count):
    maps = np.random.default_rng(3).random((4, count, 128, 128), np.float32)
    window = window_matrix(128)
    np.testing.assert_allclose(blurred(maps, SIGMA), window @ maps @ window.T, atol=1e-5)


def test_detail_is_what_a_slope_has_not():
    slope = np.broadcast_to(np.arange(6, dtype=np.float32)[None, :, None, None], (1, 6, 5, 2))
    dot = slope.copy()
    dot[0, 2, 2, 1] += 9
    np.testing.assert_allclose(detail(slope)[0, 1:-1], 0, atol=1e-6)
    found = np.asarray(detail(dot))[0, 1:4, 1:4, 1]
    np.testing.assert_allclose(found, [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]], atol=1e-5)

import numpy as np
import pytest

from faceswap.generation.frechet import PcaFrechet, frechet, principal


def test_the_distance_of_gaussians_is_the_closed_form():
    # Diagonal covariances: |m|² + sum of (s1 - s2)².
    random = np.random.default_rng(0)
    spread, other = np.array([1.0, 2.0, 0.5]), np.array([3.0, 2.0, 0.1])
    ours = random.standard_normal((40_000, 3)) * spread
    theirs = random.standard_normal((40_000, 3)) * other + [1, 0, -2]
    assert frechet(ours, theirs) == pytest.approx(5 + ((spread - other) ** 2).sum(), rel=0.03)


def test_it_does_not_depend_on_the_axes_and_is_symmetric():
    random = np.random.default_rng(1)
    ours, theirs = random.random((50, 4)), random.random((60, 4)) ** 2
    turn = np.linalg.qr(random.random((4, 4)))[0]
    assert frechet(ours @ turn, theirs @ turn) == pytest.approx(frechet(ours, theirs))
    assert frechet(theirs, ours) == pytest.approx(frechet(ours, theirs))
    assert frechet(ours, ours) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("shape", [(6, 40), (40, 6)])
def test_principal_axes_are_those_of_the_singular_value_decomposition(shape):
    rows = np.random.default_rng(2).standard_normal(shape)
    rows -= rows.mean(axis=0)
    axes, deviations = principal(rows, 3)
    _, singular, right = np.linalg.svd(rows, full_matrices=False)
    np.testing.assert_allclose(deviations, singular[:3] / np.sqrt(shape[0] - 1), rtol=1e-6)
    np.testing.assert_allclose(np.abs(axes @ right[:3].T), np.eye(3), atol=1e-5)


def test_faces_further_from_those_learnt_have_a_larger_distance():
    random = np.random.default_rng(3)
    base = random.random((1, 8, 8, 3))
    real = base + 0.1 * random.standard_normal((80, 8, 8, 3))
    like = base + 0.1 * random.standard_normal((80, 8, 8, 3))
    distance = PcaFrechet(real, 16)
    assert distance(real) == pytest.approx(0, abs=1e-6)
    assert distance(like) < distance(like + 0.1) < distance(like + 0.2)

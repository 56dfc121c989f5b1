from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap.pictures.geometry import inverse, transform
from faceswap.pictures.sampling import sample


def matrix(scale: float, x: float = 0.0, y: float = 0.0) -> NDArray[np.float64]:
    return np.array([[scale, 0, x], [0, scale, y]], np.float64)


def test_the_identity_changes_nothing(portrait: NDArray[np.uint8]) -> None:
    seen = sample(portrait, matrix(1, -20, -10), 100)
    assert np.array_equal(seen, portrait[10:110, 20:120])


@pytest.mark.parametrize("scale", [0.45, 0.2, 0.07])
def test_fine_stripes_become_grey(scale: float) -> None:
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255
    seen = sample(stripes, matrix(scale, -2, -2), 20)
    assert np.ptp(seen) < 60 and abs(float(seen.mean()) - 127.5) < 4


@pytest.mark.parametrize("scale", [0.8, 0.4, 0.15])
def test_a_dot_lands_where_the_matrix_says(scale: float) -> None:
    picture = np.zeros((300, 300, 3), np.uint8)
    cv2.circle(picture, (170, 120), 20, (255, 255, 255), -1)
    seen = sample(picture, matrix(scale, -20 * scale, -20 * scale), 40 if scale < 0.3 else 200)
    light = seen[..., 0].astype(np.float64)
    y, x = (float((light * axis).sum() / light.sum()) for axis in np.indices(light.shape))
    back = transform([x, y], inverse(matrix(scale, -20 * scale, -20 * scale)))
    assert back == pytest.approx([170, 120], abs=0.35)


def test_a_square_beyond_the_image_shows_its_edge() -> None:
    picture = np.full((50, 50, 3), 90, np.uint8)
    assert np.array_equal(sample(picture, matrix(0.3, 500, 500), 16), np.full((16, 16, 3), 90))

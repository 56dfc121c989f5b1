from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap.compositing.edge_tone import toned

SIDE = 96


@pytest.fixture
def face(portrait: NDArray[np.uint8]) -> NDArray[np.float32]:
    import cv2

    small: Any = cv2.resize(portrait, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / np.float32(255)


def planes() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A round mask, and nearness to its edge."""
    along = np.arange(SIDE) - (SIDE - 1) / 2
    depth = 40 - np.hypot(along[:, None], along[None, :])
    opacity = (depth / 4).clip(0, 1).astype(np.float32)
    return opacity, (1 - depth / 12).clip(0, 1).astype(np.float32)


def test_a_step_of_colour_goes_at_the_edge_and_stays_in_the_middle(
    face: NDArray[np.float32],
) -> None:
    opacity, near = planes()
    darker = face * np.float32(0.7)
    found = toned(face, darker, opacity, near)
    ring = (opacity > 0.9) & (near > 0.6)
    assert np.abs(found - darker)[ring].mean() < 0.6 * np.abs(face - darker)[ring].mean()
    np.testing.assert_array_equal(found[near == 0], face[near == 0])


def test_its_own_face_stays_as_it_is(face: NDArray[np.float32]) -> None:
    np.testing.assert_allclose(toned(face, face, *planes()), face, atol=1e-6)


def test_what_is_outside_of_the_mask_says_nothing_of_the_tone(face: NDArray[np.float32]) -> None:
    opacity, near = planes()
    other = face.copy()
    other[opacity == 0] = 0
    found = toned(other, face, opacity, near)
    assert np.abs(found - face)[opacity > 0.5].max() < 0.01

import cv2
import numpy as np
import pytest

from faceswap.detection.detectors import open_detector
from faceswap.detection.landmarks import Landmarker
from faceswap.evaluation import appearance as looks


@pytest.fixture(scope="module")
def points(portrait):
    found = open_detector("blaze").find(portrait, 60)
    return Landmarker().locate(portrait, found[0]).points


@pytest.fixture(scope="module")
def face(portrait, points):
    """Where the face is: opacity (h, w, 1) with a hard edge."""
    mask = np.zeros(portrait.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, looks._outline(points).astype(np.int32), 1)
    return mask[..., None]


def noisy(image, seed, deviation=3.0):
    noise = np.random.default_rng(seed).normal(0, deviation, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def test_the_target_looks_like_itself(portrait, points):
    found = looks.appearance(portrait, portrait.copy(), points)
    assert found.change == found.tone == 0
    assert found.seam == found.seam_target and found.sharpness == found.sharpness_target
    assert found.psnr == looks.MOST_PSNR


def test_another_colour_is_a_tone_and_a_seam(portrait, points, face):
    green = portrait + face * np.array([0, 25, 0], np.uint8)
    found = looks.appearance(portrait, green, points)
    assert found.tone > 5
    assert found.seam - found.seam_target > 4
    assert found.psnr > 45


def test_two_sides_that_are_off_in_opposite_ways_are_a_seam(portrait, points, face):
    half = np.where(np.arange(portrait.shape[1]) < points[:, 0].mean(), 20, -20)[None, :, None]
    plain = np.full_like(portrait, 130)
    found = looks.appearance(plain, (plain + face * half).astype(np.uint8), points)
    assert found.seam_target == 0
    assert found.seam > 6 and found.tone < 2


def test_blur_inside_the_face_is_seen_and_blur_outside_is_not(portrait, points, face):
    soft = cv2.GaussianBlur(portrait, (0, 0), 3)
    inside = looks.appearance(portrait, np.where(face, soft, portrait), points)
    assert inside.sharpness < 0.3 * inside.sharpness_target
    outside = looks.appearance(portrait, np.where(face, portrait, soft), points)
    assert outside.sharpness > 0.8 * outside.sharpness_target
    assert outside.psnr < 45 < inside.psnr


def test_a_face_outside_of_the_frame_has_no_looks(portrait, points):
    away = points + 5000
    assert looks.appearance(portrait, portrait, away) is None
    assert looks.flicker((portrait, portrait), (portrait, portrait), away) is None
    assert np.isnan(looks.sharpness_at(portrait, away, 100))


def test_flicker_is_what_changes_beyond_the_movement(portrait, points):
    moved = np.roll(portrait, 2, axis=1)
    shifted = points + np.array([2, 0])
    calm = looks.flicker((portrait, portrait), (moved, moved), shifted)
    assert calm.output == calm.target < 1.0
    flashing = np.clip(moved.astype(int) + 8, 0, 255).astype(np.uint8)
    rough = looks.flicker((portrait, portrait), (moved, flashing), shifted)
    assert rough.output - rough.target > 5
    assert looks.flicker((portrait, portrait), (moved, portrait), shifted).output > 1.5


def test_sharpness_at_a_size(portrait, points):
    width = looks.face_width(points)
    own = looks.sharpness_at(portrait, points, width)
    assert own == pytest.approx(looks.appearance(portrait, portrait, points).sharpness, rel=0.2)
    assert looks.sharpness_at(portrait, points, 2 * width) < 0.5 * own
    big = cv2.resize(portrait, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    grown = (points + 0.5) * 2 - 0.5
    # What was made larger and smaller again is a little softer, and nowhere near the large one.
    assert 0.4 * own < looks.sharpness_at(big, grown, width) < own
    assert looks.sharpness_at(big, grown, 2 * width) < 0.3 * own


def test_a_large_face_is_looked_at_smaller_with_the_same_colours(portrait, points):
    big = cv2.resize(portrait, None, fx=3, fy=3, interpolation=cv2.INTER_LINEAR)
    grown = (points + 0.5) * 3 - 0.5
    one = looks.appearance(portrait, noisy(portrait, 0), points)
    other = looks.appearance(big, big, grown)
    assert looks.part_of(grown, big.shape).small(big).shape[0] < 400
    assert other.seam_target == pytest.approx(one.seam_target, abs=1.5)

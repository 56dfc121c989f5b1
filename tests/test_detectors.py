"""The detectors, the landmarks and the descriptors, on a real face."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap.detection.descriptors import Describer, face_chip
from faceswap.detection.detectors import open_detector
from faceswap.detection.found import Detector, Found, each_once, overlap, resized
from faceswap.detection.landmarks import Landmarker, seat_of
from faceswap.detection.window import turned, window_of
from faceswap.errors import BadOption

Image = NDArray[np.uint8]
#: Where the portrait's face is: measured by all three detectors.
FACE = Found(144, 124, 98, 0)


@pytest.fixture(scope="module", params=["blaze", "hog", "cnn"])
def detector(request: pytest.FixtureRequest) -> Detector:
    return open_detector(request.param)


@pytest.fixture(scope="module")
def landmarker() -> Landmarker:
    return Landmarker()


def test_the_one_face_is_found_where_it_is(detector: Detector, portrait: Image) -> None:
    found = detector.find(portrait, 70)
    assert len(found) == 1
    assert found[0].score > 0
    assert overlap(found[0], FACE) > 0.6


def test_found_places_do_not_depend_on_the_size_asked_for(portrait: Image) -> None:
    for name in ("blaze", "hog"):
        detector = open_detector(name)
        for at_least in (30.0, 60.0):
            assert overlap(detector.find(portrait, at_least)[0], FACE) > 0.6, (name, at_least)


def test_no_face_is_found_where_there_is_none(detector: Detector) -> None:
    leaves = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    assert detector.find(cv2.resize(leaves, (240, 160)), 70) == []
    assert detector.find(np.zeros((160, 240, 3), np.uint8), 70) == []


@pytest.mark.parametrize("shape", [(20, 20, 3), (1, 300, 3), (300, 2, 3)])
@pytest.mark.parametrize("name", ["blaze", "hog"])
def test_odd_pictures_hold_no_faces(name: str, shape: tuple[int, ...]) -> None:
    assert open_detector(name).find(np.full(shape, 90, np.uint8), 20) == []


def test_blaze_finds_a_small_face_in_a_large_picture(portrait: Image) -> None:
    wide = np.full((700, 1200, 3), 120, np.uint8)
    wide[400:490, 900:990] = cv2.resize(portrait, (90, 90), interpolation=cv2.INTER_AREA)
    (found,) = open_detector("blaze").find(wide, 24)
    assert (found.x, found.y) == pytest.approx((948, 441), abs=6)


def test_blaze_tells_the_roll(portrait: Image) -> None:
    for degrees in (-30, 20):
        window = turned(portrait, degrees)
        found = open_detector("blaze").find(window.picture, 70)[0]
        upright = open_detector("blaze").find(portrait, 70)[0]
        assert found.roll == pytest.approx(upright.roll - degrees, abs=6)


def test_an_unknown_detector_is_refused_by_name() -> None:
    with pytest.raises(BadOption, match="no detector `haar`: known are blaze, cnn, hog"):
        open_detector("haar")


def test_landmarks_lie_on_the_face_and_agree(landmarker: Landmarker, portrait: Image) -> None:
    shape = landmarker.locate(portrait, FACE)
    assert shape.points.shape == (68, 2)
    assert shape.spread < 0.01
    eyes = shape.points[36:42].mean(axis=0), shape.points[42:48].mean(axis=0)
    assert eyes[0] == pytest.approx((123, 101), abs=3)
    assert eyes[1] == pytest.approx((163, 104), abs=4)


def test_landmarks_hardly_depend_on_the_box_they_start_from(
    landmarker: Landmarker, portrait: Image
) -> None:
    best = landmarker.locate(portrait, FACE).points
    for other in (Found(139, 126, 85, 0), Found(148, 120, 115, 0), Found(144, 124, 98, 0, 20)):
        points = landmarker.locate(portrait, other).points
        assert np.linalg.norm(points - best, axis=1).mean() < 1.0


def test_landmarks_turn_with_the_face(landmarker: Landmarker, portrait: Image) -> None:
    upright = landmarker.locate(portrait, FACE)
    window = turned(portrait, 90)
    x, y = window.matrix @ (FACE.x, FACE.y, 1)
    lying = landmarker.locate(window.picture, FACE._replace(x=x, y=y, roll=-90))
    expected = upright.points @ window.matrix[:, :2].T + window.matrix[:, 2]
    assert np.linalg.norm(lying.points - expected, axis=1).mean() < 1.0


def test_landmarks_of_what_is_no_face_disagree(landmarker: Landmarker) -> None:
    blobs = np.random.default_rng(1).integers(0, 255, (9, 9, 3), np.uint8)
    picture = cv2.resize(blobs, (270, 270), interpolation=cv2.INTER_CUBIC)
    assert landmarker.locate(picture, FACE).spread > 0.024


def test_a_seat_is_the_square_a_detector_puts_on_the_face(
    landmarker: Landmarker, portrait: Image
) -> None:
    seat = seat_of(landmarker.locate(portrait, FACE).points)
    assert overlap(seat, open_detector("hog").find(portrait, 80)[0]) > 0.75


def test_descriptors_tell_persons_apart(
    landmarker: Landmarker, portrait: Image, talking_clip: object
) -> None:
    import av

    with av.open(str(talking_clip)) as film:
        man = next(film.decode(video=0)).to_ndarray(format="rgb24")
    seat = open_detector("blaze").find(man, 100)[0]
    points = landmarker.locate(portrait, FACE).points
    darker = np.asarray(portrait * 0.7, np.uint8)
    him, her, again = Describer().describe(
        [
            face_chip(man, landmarker.locate(man, seat).points),
            face_chip(portrait, points),
            face_chip(darker, points),
        ]
    )
    assert her.shape == (128,)
    assert np.linalg.norm(her - again) < 0.4
    assert np.linalg.norm(her - him) > 0.7


def test_a_window_shows_the_face_upright_and_leads_back(portrait: Image) -> None:
    face = Found(144, 124, 98, 1.0, 30)
    window = window_of(portrait, face, 50, 110)
    assert window.picture.shape == (110, 110, 3)
    assert window.matrix @ (144, 124, 1) == pytest.approx((54.5, 54.5))
    back = window.back(Found(54.5, 54.5, 50, 1.0))
    assert back == pytest.approx(face)


def test_a_window_of_a_large_face_is_averaged_not_sampled() -> None:
    stripes = np.zeros((2000, 2000, 3), np.uint8)
    stripes[:, ::2] = 200
    window = window_of(stripes, Found(1000.2, 999.7, 900, 0), 100, 220)
    inner = window.picture[20:-20, 20:-20].astype(float)
    assert abs(inner.mean() - 100) < 2 and inner.std() < 4


def test_a_large_face_lies_in_its_window_where_the_matrix_says() -> None:
    picture = np.zeros((1600, 1500, 3), np.uint8)
    cv2.circle(picture, (800, 700), 60, (255, 255, 255), -1)
    window = window_of(picture, Found(760, 730, 800, 0, 15), 100, 220)
    rows, columns = np.nonzero(window.picture[..., 0] > 127)
    expected = window.matrix @ (800, 700, 1)
    assert (columns.mean(), rows.mean()) == pytest.approx(tuple(expected), abs=0.3)


def test_overlap_is_the_cut_over_the_union() -> None:
    one = Found(0, 0, 10, 0)
    assert overlap(one, one) == 1
    assert overlap(one, Found(5, 0, 10, 0)) == pytest.approx(1 / 3)
    assert overlap(one, Found(0, 0, 5, 0)) == pytest.approx(0.25)
    assert overlap(one, Found(10, 0, 10, 0)) == 0


def test_of_faces_on_one_place_the_surest_is_kept() -> None:
    sure, doubtful, other = Found(0, 0, 10, 2), Found(1, 0, 11, 1), Found(40, 0, 10, 0)
    assert each_once([doubtful, other, sure]) == [sure, other]


def test_resizing_keeps_places() -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    assert resized(picture, 1.0) is picture
    assert resized(picture, 0.5).shape == (20, 30, 3)
    assert Found.of_box(0, 0, 19, 19, 1.0, 0.5) == pytest.approx((19.5, 19.5, 38, 1.0, 0))

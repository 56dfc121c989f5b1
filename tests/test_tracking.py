"""Following faces from frame to frame, with a detector that reads painted discs."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from faceswap.detection.found import Found, overlap
from faceswap.detection.landmarks import Shape
from faceswap.detection.tracking import WINDOW, Track, Tracker, believed
from faceswap.pictures.geometry import MEAN_FACE

Image = NDArray[np.uint8]
Place = tuple[float, float, float]


def painted(*faces: Place, size: tuple[int, int] = (240, 320), light: int = 255) -> Image:
    """A picture in which each face (x, y, side) is a disc."""
    image = np.zeros((*size, 3), np.uint8)
    for x, y, side in faces:
        cv2.circle(image, (round(x), round(y)), round(side / 2), (light,) * 3, -1)
    return image


@dataclass
class Eyes:
    """Sees discs; a grey one with a low score. Counts where it was asked to look."""

    wholes: int = 0
    windows: int = 0
    spread: float = 0.0
    blind: bool = False
    sizes: list[float] = field(default_factory=list)

    def find(self, image: Image, at_least: float) -> list[Found]:
        whole = image.shape[:2] != (WINDOW, WINDOW)
        self.wholes, self.windows = self.wholes + whole, self.windows + (not whole)
        self.sizes.append(at_least)
        if self.blind:
            return []
        return [disc for disc in self._discs(image) if disc.side >= at_least * 0.9]

    def _discs(self, image: Image) -> list[Found]:
        count, _, boxes, middles = cv2.connectedComponentsWithStats(
            np.asarray(image[..., 0] > 40, np.uint8)
        )
        found = []
        for n in range(1, count):
            x, y = middles[n]
            score = 3.0 if image[round(y), round(x), 0] > 150 else -0.3
            side = float(boxes[n, cv2.CC_STAT_WIDTH])
            found.append(Found(float(x), float(y), side, score))
        return sorted(found, key=lambda f: -f.score)

    def locate(self, image: Image, face: Found) -> Shape:
        """The mean face, laid into the square, or into the disc that is there."""
        disc = next((f for f in self._discs(image) if overlap(f, face) > 0.3), None)
        x, y, side = (disc or face)[:3]
        points = (MEAN_FACE - (0.5, 0.487)) * side / 1.241 + (x, y)
        return Shape(points, self.spread if disc else 0.05)


def names(tracks: list[Track]) -> list[int]:
    return [track.name for track in tracks]


def test_a_face_that_moves_and_grows_is_followed_in_windows() -> None:
    eyes = Eyes()
    tracker = Tracker(eyes.find, eyes.locate, at_least=30, every=100)
    for n in range(20):
        (track,) = tracker.step(painted((80 + 5 * n, 100 + n, 50 + 2 * n)))
        assert (track.name, track.age) == (0, n)
        assert overlap(track.seat, Found(80 + 5 * n, 100 + n, 51 + 2 * n, 0)) > 0.9
    # While it is small, it moves too far for its landmarks to be believed alone.
    assert (eyes.wholes, eyes.windows) == (1, 5)


def test_where_landmarks_leave_no_doubt_the_detector_is_asked_every_fourth_frame() -> None:
    for spread, windows in ((0.0, 5), (0.022, 20)):
        eyes = Eyes(spread=spread)
        tracker = Tracker(eyes.find, eyes.locate, at_least=30, every=100)
        for _ in range(21):
            tracker.step(painted((160, 120, 60)))
        assert (eyes.wholes, eyes.windows) == (1, windows)


def test_a_face_that_is_covered_is_lost_at_once_though_the_detector_was_not_to_be_asked() -> None:
    eyes = Eyes()
    tracker = Tracker(eyes.find, eyes.locate, at_least=30, every=100)
    tracker.step(painted((160, 120, 60)))
    assert tracker.step(painted()) == []


def test_the_whole_frame_is_searched_every_so_often() -> None:
    eyes = Eyes()
    tracker = Tracker(eyes.find, eyes.locate, at_least=30, every=5)
    for _ in range(11):
        tracker.step(painted((160, 120, 60)))
    assert tracker.full_searches == eyes.wholes == 3


def test_a_face_that_comes_later_gets_a_track_of_its_own() -> None:
    eyes = Eyes()
    tracker = Tracker(eyes.find, eyes.locate, at_least=30, every=3)
    one, two = (80, 120, 70), (230, 120, 50)
    for frame in [painted(one)] * 2 + [painted(one, two)] * 4:
        tracks = tracker.step(frame)
    assert names(tracks) == [0, 1]


def test_the_largest_come_first_and_no_more_than_asked_for() -> None:
    eyes = Eyes()
    frame = painted((60, 120, 40), (160, 120, 80), (260, 120, 60))
    sides = [t.seat.side for t in Tracker(eyes.find, eyes.locate, at_least=30).step(frame)]
    assert sides == sorted(sides, reverse=True) and len(sides) == 3
    assert len(Tracker(eyes.find, eyes.locate, at_least=30, most=2).step(frame)) == 2


def test_at_a_cut_faces_are_new_ones() -> None:
    eyes = Eyes()
    tracker = Tracker(eyes.find, eyes.locate, at_least=30)
    frame = painted((160, 120, 60))
    assert names(tracker.step(frame, cut=True)) == [0]
    assert names(tracker.step(frame, cut=True)) == [1]
    assert eyes.windows == 0


def test_a_face_that_jumps_out_of_its_window_is_found_in_the_whole_frame() -> None:
    eyes = Eyes()
    tracker = Tracker(eyes.find, eyes.locate, at_least=30, every=100)
    tracker.step(painted((60, 60, 50)))
    (track,) = tracker.step(painted((260, 180, 50)))
    assert (track.seat.x, track.seat.y) == pytest.approx((260, 180), abs=1.5)
    assert eyes.wholes == 2


def test_a_doubtful_face_is_believed_if_it_gets_sure_in_its_life() -> None:
    sure, doubtful = painted((160, 120, 60)), painted((160, 120, 60), light=90)
    for frames, count in (([doubtful] * 3, 0), ([doubtful, sure, doubtful], 3)):
        eyes = Eyes()
        tracker = Tracker(eyes.find, eyes.locate, at_least=30, turns=False)
        seen = [tracker.step(frame) for frame in frames]
        assert sum(map(len, seen)) == 3
        assert sum(map(len, believed(seen, [False] * 3))) == count


def test_a_face_whose_landmarks_disagree_is_none() -> None:
    eyes = Eyes(spread=0.04)
    tracker = Tracker(eyes.find, eyes.locate, at_least=30, turns=False)
    assert tracker.step(painted((160, 120, 60))) == []


def test_a_gap_of_a_few_frames_is_bridged_by_the_landmarks() -> None:
    eyes = Eyes()
    tracker = Tracker(eyes.find, eyes.locate, at_least=30, turns=False)
    frame = painted((160, 120, 60))
    for _ in range(3):
        tracker.step(frame)
    eyes.blind = True
    held = [tracker.step(frame) for _ in range(8)]
    assert [len(tracks) for tracks in held] == [1] * 6 + [0] * 2
    assert [t.held for tracks in held for t in tracks] == [0, 1, 2, 3, 4, 5]
    eyes.blind = False
    assert names(tracker.step(frame)) == [1]


def test_a_gap_in_which_the_landmarks_disagree_is_a_gap() -> None:
    eyes = Eyes()
    tracker = Tracker(eyes.find, eyes.locate, at_least=30, turns=False)
    frame = painted((160, 120, 60))
    tracker.step(frame)
    tracker.step(frame)
    eyes.blind, eyes.spread = True, 0.05
    assert tracker.step(frame) == []


def test_turned_frames_are_searched_now_and_then_where_no_face_is() -> None:
    eyes = Eyes()
    tracker = Tracker(eyes.find, eyes.locate, at_least=30)
    for _ in range(20):
        tracker.step(painted())
    assert eyes.wholes == 20 + 5
    eyes = Eyes()
    Tracker(eyes.find, eyes.locate, at_least=30, turns=False).step(painted())
    assert eyes.wholes == 1


def test_the_smallest_face_is_an_eighth_of_the_frame_unless_said() -> None:
    eyes = Eyes()
    Tracker(eyes.find, eyes.locate, turns=False).step(painted())
    Tracker(eyes.find, eyes.locate, at_least=55, turns=False).step(painted((160, 120, 40)))
    assert eyes.sizes == [30, 55]


def test_two_tracks_that_come_to_lie_on_one_face_become_one() -> None:
    eyes = Eyes()
    tracker = Tracker(eyes.find, eyes.locate, at_least=30, every=100)
    tracker.step(painted((120, 120, 50), (180, 120, 50)))
    for step in range(1, 7):
        tracks = tracker.step(painted((120 + 5 * step, 120, 50), (180 - 5 * step, 120, 50)))
    assert len(tracks) == 1


def a_track(name: int, score: float) -> Track:
    return Track(Found(50, 50, 40, score), np.zeros((68, 2)), name, sure=True)


def test_a_track_that_came_and_went_at_once_and_was_doubtful_is_dropped() -> None:
    frames = [[a_track(0, 2.0)] for _ in range(10)]
    frames[4] = [a_track(0, 2.0), a_track(1, 0.2)]
    frames[6] = [a_track(0, 2.0), a_track(2, 1.2)]
    frames[9] = [a_track(0, 2.0), a_track(3, 0.2)]
    kept = believed(frames, [False] * 10)
    assert [names(tracks) for tracks in kept] == [[0]] * 6 + [[0, 2]] + [[0]] * 2 + [[0, 3]]


def test_a_face_of_a_single_picture_is_no_fleeting_one() -> None:
    frames = [[a_track(n, 0.2)] for n in range(10)]
    assert believed(frames, [True] * 10) == frames

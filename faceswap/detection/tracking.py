"""Tracker: faces from frame to frame, looked for where they were before looking everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from faceswap.detection.found import SLACK, Found, Image, overlap
from faceswap.detection.landmarks import Shape, seat_of
from faceswap.detection.window import turned, window_of
from faceswap.films.shown import Picture, whole
from faceswap.pictures.geometry import Points

#: Looks for upright faces of at least so many pixels: `Detector.find`.
Find = Callable[[Image, float], list[Found]]
#: Landmarks of a face found about there: `Landmarker.locate`.
Locate = Callable[[Picture, Found], Shape]

#: Pixels of the window a face is looked for in, those the face had there a frame ago, and the
#: fewest it may have now: 80 are the fewest that dlib's detectors know, and a face that comes
#: nearer or goes away must still fit.
WINDOW, _SIDE, _SMALLEST = 220, 100, 80
#: Spread of the landmarks (see `Shape`) up to which a face is beyond doubt, and above which there
#: is none. Measured: faces up to 0.019, helmets and
#: backs of heads from 0.025.
_NEW_SPREAD, _OLD_SPREAD = 0.024, 0.035
#: Frames in a row that a face may live on its landmarks alone when the detector misses it.
_HELD = 5
#: The detector is not asked in so many frames in a row where the landmarks leave no doubt: their
#: spread is under that of any helmet, and the face covers this share of its place a frame ago.
_UNASKED, _SAME_SPREAD, _SAME_PLACE = 3, 0.02, 0.8
#: Turns in degrees tried where the upright frame shows no face, and how many frames apart.
_TURNS = (90.0, -90.0, 180.0, 45.0, -45.0)
_TURNS_EVERY = 24
#: A track of fewer frames than this is dropped if the detector was never surer of it than
#: `_DOUBTFUL` above its threshold, and its shot is longer.
_FLEETING, _DOUBTFUL = 3, 0.5


@dataclass(frozen=True)
class Track:
    """A face in one frame, followed.

    Attributes:
        seat: Its square, roll and the detector's score.
        points: Its landmarks, (68, 2).
        name: The same number as long as it is followed, from 0 for each tracker.
        age: Frames it was followed for before this one.
        held: Frames in which the detector missed it; the landmarks alone kept it.
        unasked: Frames since the detector was last asked.
        sure: Whether it looked like a face beyond doubt, in this frame or one before.
    """

    seat: Found
    points: Points = field(repr=False, compare=False)
    name: int
    age: int = 0
    held: int = 0
    unasked: int = 0
    sure: bool = False


@dataclass
class Tracker:
    """Follows faces through the frames of one range; made new for each range.

    A full search is made in the first frame, at cuts, every `every` frames, and wherever a face
    is lost; between them a face is looked for in a window about its last place, turned upright and
    brought to one size, which takes a detector a tenth of the time.

    Args:
        find: Looks for faces.
        locate: Finds a face's landmarks.
        at_least: Side of the smallest face wanted; 0: an eighth of the frame's shorter side.
        every: Frames from one full search to the next.
        threshold: Score a face needs once in its life; before and after it may have `SLACK` less.
        most: At most so many faces a frame, the largest; 0: all.
        turns: Whether a full search that finds nothing is repeated with the frame turned.
    """

    find: Find
    locate: Locate
    at_least: float = 0
    every: int = 8
    threshold: float = 0.0
    most: int = 0
    turns: bool = True

    def __post_init__(self) -> None:
        """Starts with no faces."""
        self.full_searches = 0
        self._tracks: list[Track] = []
        self._names = 0
        self._since = self.every
        self._since_turns = _TURNS_EVERY

    def step(self, image: Picture, cut: bool = False) -> list[Track]:
        """The faces of the next frame, the largest first, doubtful ones among them.

        Those are followed for the case that they get sure, as when a hand comes off a face:
        `believed` keeps those that did.

        Args:
            image: (h, w, 3) RGB, or where it is made.
            cut: Whether a new shot begins with it, so that no face is where it was.
        """
        if cut:
            self._tracks, self._since, self._since_turns = [], self.every, _TURNS_EVERY
        followed = [self._follow(image, track) for track in self._tracks]
        lost = [t for t, now in zip(self._tracks, followed, strict=True) if now is None]
        tracks = [now for now in followed if now is not None]
        self._since += 1
        if lost or not tracks or self._since >= self.every:
            tracks = self._search(image, tracks, lost)
        tracks = _apart(tracks)
        self._tracks = tracks[: self.most or None]
        return self._tracks

    def _follow(self, image: Picture, track: Track) -> Track | None:
        """The track in this frame, if its landmarks or its window show it."""
        return self._unasked(image, track) or self._looked_for(image, track)

    def _unasked(self, image: Picture, track: Track) -> Track | None:
        """The track where its landmarks alone leave no doubt of it."""
        if not track.sure or track.held or track.unasked >= _UNASKED:
            return None
        shape = self.locate(image, track.seat)
        seat = seat_of(shape.points, track.seat.score)
        if shape.spread > _SAME_SPREAD or overlap(seat, track.seat) < _SAME_PLACE:
            return None
        age, unasked = track.age + 1, track.unasked + 1
        return replace(track, seat=seat, points=shape.points, age=age, unasked=unasked)

    def _looked_for(self, image: Picture, track: Track) -> Track | None:
        window = window_of(image, track.seat, _SIDE, WINDOW)
        found = [window.back(face) for face in self.find(window.picture, _SMALLEST)]
        least = self.threshold - SLACK
        near = [f for f in found if f.score >= least and _same(f, track.seat)]
        if not near:
            return None
        best = max(near, key=lambda f: overlap(f, track.seat))
        if track.sure and not track.held and overlap(best, track.seat) >= _SAME_PLACE:
            # From where it was, as in the frames between: it trembles less so.
            best = track.seat._replace(score=best.score)
        return self._grown(image, track, best)

    def _grown(self, image: Picture, track: Track, seen: Found) -> Track | None:
        shape = self.locate(image, seen)
        if shape.spread > _OLD_SPREAD:
            return None
        seat = seat_of(shape.points, seen.score)
        sure = track.sure or self._sure(seen, shape)
        return Track(seat, shape.points, track.name, track.age + 1, sure=sure)

    def _sure(self, seen: Found, shape: Shape) -> bool:
        return seen.score >= self.threshold and shape.spread <= _NEW_SPREAD

    def _search(self, image: Picture, tracks: list[Track], lost: list[Track]) -> list[Track]:
        """The tracks, those lost found again where they can be, and new ones."""
        self.full_searches += 1
        self._since = 0
        found = self.find(whole(image), self._smallest(image))
        again = [self._again(image, track, found) for track in lost]
        tracks = self._with_new(image, [*tracks, *(t for t in again if t is not None)], found)
        self._since_turns += 1
        if any(t.sure for t in tracks) or not self.turns or self._since_turns < _TURNS_EVERY:
            return tracks
        self._since_turns = 0
        return self._with_new(image, tracks, self._turned(image))

    def _with_new(self, image: Picture, tracks: list[Track], found: list[Found]) -> list[Track]:
        tracks = list(tracks)
        for face in found:
            if all(overlap(face, track.seat) < 0.3 for track in tracks):
                tracks += self._begun(image, face)
        return tracks

    def _again(self, image: Picture, track: Track, found: list[Found]) -> Track | None:
        """A lost track where the full search saw it, or held where its landmarks still fit."""
        near = [f for f in found if _same(f, track.seat)]
        if near:
            return self._grown(image, track, max(near, key=lambda f: overlap(f, track.seat)))
        if track.held >= _HELD or track.age == 0 or not track.sure:
            return None
        grown = self._grown(image, track, track.seat._replace(score=self.threshold - SLACK))
        if grown is None or not _same(grown.seat, track.seat):
            return None
        return replace(grown, held=track.held + 1)

    def _begun(self, image: Picture, face: Found) -> list[Track]:
        if face.score < self.threshold - SLACK:
            return []
        shape = self.locate(image, face)
        seat = seat_of(shape.points, face.score)
        small = seat.side < self._smallest(image) * 0.8
        if small or shape.spread > _OLD_SPREAD or not _same(seat, face):
            return []
        self._names += 1
        return [Track(seat, shape.points, self._names - 1, sure=self._sure(face, shape))]

    def _turned(self, image: Picture) -> list[Found]:
        """The faces of the frame, turned so that the surest of them is seen best."""
        looks: list[list[Found]] = []
        for turn in _TURNS:
            window = turned(whole(image), turn)
            found = self.find(window.picture, self._smallest(image))
            looks.append([window.back(face) for face in found])
        # All are tried: a tilted face is seen in two of them, and best where it is upright.
        return max(looks, key=lambda seen: max((f.score for f in seen), default=-np.inf))

    def _smallest(self, image: Picture) -> float:
        return self.at_least or max(20.0, min(image.shape[:2]) / 8)


def believed(
    frames: list[list[Track]], cuts: list[bool], threshold: float = 0.0
) -> list[list[Track]]:
    """The frames of a range without tracks that never were sure, or came and went at once.

    Of the latter those are kept that touch the range's ends, for they may go on outside, and
    those of shots hardly longer than they are, as in a folder of unrelated pictures.

    Args:
        frames: What `Tracker.step` gave for each frame.
        cuts: Whether a shot begins with it.
        threshold: The tracker's.
    """
    lives: dict[int, list[int]] = {}
    scores: dict[int, float] = {}
    for number, tracks in enumerate(frames):
        for track in tracks:
            lives.setdefault(track.name, []).append(number)
            scores[track.name] = max(scores.get(track.name, -np.inf), track.seat.score)
    sure = {track.name for tracks in frames for track in tracks if track.sure}
    doubtful = {name for name, score in scores.items() if score < threshold + _DOUBTFUL}
    kept = {
        name for name, life in lives.items() if name not in doubtful or _lasting(life, cuts)
    } & sure
    return [[track for track in tracks if track.name in kept] for tracks in frames]


def _lasting(life: list[int], cuts: list[bool]) -> bool:
    at_the_end = life[0] == 0 or life[-1] == len(cuts) - 1
    return at_the_end or len(life) >= _FLEETING or _shot(cuts, life[0]) < 2 * _FLEETING


def _shot(cuts: list[bool], number: int) -> int:
    """Frames of the shot a frame lies in, as far as the range shows it."""
    begin = max((n for n in range(number + 1) if cuts[n]), default=0)
    end = next((n for n in range(number + 1, len(cuts)) if cuts[n]), len(cuts))
    return end - begin


def _apart(tracks: list[Track]) -> list[Track]:
    """Largest first; of two that came to lie on one face the older."""
    kept: list[Track] = []
    for track in sorted(tracks, key=lambda t: (-t.age, t.held, t.name)):
        if all(overlap(track.seat, other.seat) < 0.5 for other in kept):
            kept.append(track)
    return sorted(kept, key=lambda t: -t.seat.side)


def _same(one: Found, other: Found) -> bool:
    return overlap(one, other) >= 0.3

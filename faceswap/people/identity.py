"""Who is who: tracks grouped to persons by descriptor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from faceswap.detection.faces import FrameFaces, descriptor_array

Descriptor = NDArray[np.float64]

#: Descriptors of one person lie nearer than this to each other (dlib: 99.38 % on LFW at 0.6).
SAME = 0.6
#: So near that it is one person however many there are. Measured on 474 photos of 132 people: at
#: 0.46 not one joined wrongly and 3 persons parted; at 0.6 314 photos joined wrongly.
SURELY = 0.46
#: Share of pairs of different people nearer than `CHANCE[0]`, and how much nearer they are for
#: each tenth of that share (the same photos: 1e-2 below 0.58, 1e-3 below 0.52).
CHANCE = (0.52, 1e-3, 0.06)
#: Groups, whose means are surer than single photos, are always joined up to here.
LEAST = 0.4
#: Pairs of different people that may be joined by chance.
WRONG = 0.05
#: With more groups than this only those surely the same are joined: it would be `SURELY` anyway.
MANY = 300


@dataclass
class Seen:
    """What is known of a track: its shot, how long it is seen, who is beside it.

    `total` is the sum of `described` descriptors.
    """

    shot: int
    faces: int = 0
    seconds: float = 0.0
    total: Descriptor = field(default_factory=lambda: np.zeros(128))
    described: int = 0
    beside: set[int] = field(default_factory=set)

    @property
    def mean(self) -> Descriptor:
        """Mean of its descriptors, (128,)."""
        return self.total / max(self.described, 1)


@dataclass(eq=False)
class Group:
    """Tracks that show one person, and the mean of their descriptors, weighed by faces.

    `weight` is 0 where no track has a descriptor: then the mean says nothing.
    """

    tracks: set[int] = field(default_factory=set)
    mean: Descriptor = field(default_factory=lambda: np.zeros(128))
    weight: float = 0.0

    def distance(self, descriptor: Descriptor) -> float:
        """How far a descriptor is from the person's mean; infinite where that says nothing."""
        return float(np.linalg.norm(self.mean - descriptor)) if self.weight else np.inf

    def add(self, other: Group) -> None:
        """Take another group's tracks in."""
        whole = self.weight + other.weight
        if whole:
            self.mean = (self.mean * self.weight + other.mean * other.weight) / whole
        self.weight = whole
        self.tracks |= other.tracks


def survey(
    frames: Iterable[FrameFaces], shots: Iterable[int], seconds: Iterable[float]
) -> dict[int, Seen]:
    """What is known of each track.

    Args:
        frames: The faces of all frames, with linked tracks; read once.
        shots: Each frame's shot.
        seconds: How long each frame is shown.
    """
    found: dict[int, Seen] = {}
    for line, shot, duration in zip(frames, shots, seconds, strict=False):
        here = {face.track for face in line.faces}
        for face in line.faces:
            track = found.setdefault(face.track, Seen(shot))
            track.faces += 1
            track.seconds += duration
            track.beside |= here - {face.track}
            descriptor = descriptor_array(face)
            if descriptor is not None:
                track.total = track.total + descriptor
                track.described += 1
    return found


def group(tracks: Mapping[int, Seen]) -> list[Group]:
    """The persons, the one seen longest first.

    Each track, the longest first, joins the nearest group that surely is its person; then the
    nearest groups are joined as long as that is likelier than that two people look so much alike,
    which hangs on how many there are. Nobody is in a frame twice, so tracks beside each other stay
    apart. Tracks without descriptors are one person.
    """
    known = [t for t, seen in tracks.items() if seen.described]
    groups: list[Group] = []
    for name in sorted(known, key=lambda t: (-tracks[t].faces, t)):
        own = Group({name}, tracks[name].mean, float(tracks[name].faces))
        _join(groups, own, tracks)
    while 1 < len(groups) <= MANY and _join_nearest(groups, tracks):
        continue
    unknown = tracks.keys() - set(known)
    if unknown:
        groups.append(Group(set(unknown)))
    return sorted(groups, key=lambda g: (-time_of(g.tracks, tracks), min(g.tracks)))


def within(count: int) -> float:
    """Distance up to which two of so many groups are taken for one person."""
    near, share, slope = CHANCE
    wanted = WRONG / max(count * (count - 1) / 2, 1)
    return float(np.clip(near + slope * np.log10(wanted / share), LEAST, SAME))


def time_of(names: Iterable[int], tracks: Mapping[int, Seen]) -> float:
    """Seconds that these tracks are seen."""
    return sum(tracks[name].seconds for name in names if name in tracks)


def nearest(groups: Sequence[Group], descriptor: Descriptor) -> tuple[int, float]:
    """Place of the group nearest to a descriptor, and its distance; infinite if there is none."""
    distances = [one.distance(descriptor) for one in groups] or [np.inf]
    best = int(np.argmin(distances))
    return best, distances[best]


def _join(groups: list[Group], own: Group, tracks: Mapping[int, Seen]) -> None:
    apart = [g for g in groups if not g.tracks & _beside(own, tracks)]
    best, distance = nearest(apart, own.mean)
    if distance > SURELY:
        groups.append(own)
    else:
        apart[best].add(own)


def _join_nearest(groups: list[Group], tracks: Mapping[int, Seen]) -> bool:
    """Joins the two groups nearest to each other, if they are near enough; says whether."""
    means = np.stack([g.mean for g in groups])
    squares = (means**2).sum(1)
    distances = np.sqrt((squares[:, None] + squares - 2 * means @ means.T).clip(0))
    first, second = np.triu_indices(len(groups), 1)
    most = within(len(groups))
    for pair in np.argsort(distances[first, second], kind="stable"):
        one, other = groups[first[pair]], groups[second[pair]]
        if distances[first[pair], second[pair]] > most:
            return False
        if not other.tracks & _beside(one, tracks):
            one.add(other)
            groups.remove(other)
            return True
    return False


def _beside(group: Group, tracks: Mapping[int, Seen]) -> set[int]:
    return {track for name in group.tracks for track in tracks[name].beside}

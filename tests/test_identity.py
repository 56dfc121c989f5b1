import numpy as np
import pytest

from faceswap.detection.faces import FrameFaces, make_face
from faceswap.people.identity import SAME, SURELY, Group, group, nearest, survey, within
from faceswap.pictures.geometry import MEAN_FACE


def person(seed):
    """A descriptor; those of different seeds are more than `SAME` apart."""
    return np.random.default_rng(seed).normal(0, 0.07, 128)


def face(who, track, noise=0, known=True):
    shake = np.random.default_rng(noise).normal(0, 0.01, 128)
    return make_face((0, 0, 9, 9), 1, MEAN_FACE, 0, track, person(who) + shake if known else None)


def at(distance, track):
    """A face whose descriptor is so far from zero, in a direction of its own."""
    numbers = np.zeros(128)
    numbers[track] = distance
    return make_face((0, 0, 9, 9), 1, MEAN_FACE, 0, track, numbers)


def surveyed(*rows):
    lines = [FrameFaces(number, list(faces)) for number, faces in enumerate(rows)]
    return survey(lines, range(1, 99), [0.5] * 99)


def grouped(*rows):
    return [one.tracks for one in group(surveyed(*rows))]


def test_persons_of_the_test_are_apart():
    assert np.linalg.norm(person(1) - person(2)) > 1.5 * SAME


def test_a_survey_counts_faces_seconds_and_who_is_beside_whom():
    seen = surveyed([face(1, 1), face(2, 2)], [face(1, 1)])
    assert (seen[1].shot, seen[1].faces, seen[1].seconds) == (1, 2, 1.0)
    assert seen[1].beside == {2} and seen[2].beside == {1}
    assert np.allclose(seen[1].mean, person(1), atol=0.05)


def test_the_one_seen_most_comes_first_whatever_the_tracks():
    rows = [[face(1, 1), face(2, 2)], [face(2, 2, 1), face(1, 1, 2)]]
    assert grouped(*rows, [face(1, 3, 3)], [face(2, 4, 4)], [face(1, 5, 5)]) == [{1, 3, 5}, {2, 4}]


def test_tracks_without_descriptors_are_one_person_behind_the_others():
    rows = [[face(1, 1)], [face(1, 3, known=False)], [face(2, 4, known=False)], [face(1, 1)]]
    assert grouped(*rows) == [{1}, {3, 4}]
    assert grouped([]) == []


def test_two_who_are_in_a_frame_at_once_are_two_however_alike():
    assert grouped([at(0, 1), at(0.3, 2)], [at(0, 1)]) == [{1}, {2}]
    assert grouped([at(0, 1)], [at(0.3, 2)], [at(0, 1)]) == [{1, 2}]
    # Nor do groups join of which a part was there at once.
    assert grouped([at(0, 1)], [at(0.1, 2), at(0.5, 3)], [at(0, 1)]) == [{1, 2}, {3}]


def test_how_alike_two_have_to_be_hangs_on_how_many_there_are():
    assert within(2) == SAME
    assert SAME > within(10) > within(40) > within(200)
    apart = (SURELY + SAME) / 2
    pair = [[at(0, 1)], [at(apart, 2)]]
    assert grouped(*pair) == [{1, 2}]
    crowd = [[face(seed, seed)] for seed in range(20, 60)]
    assert {1} in grouped(*pair, *crowd) and {2} in grouped(*pair, *crowd)


def test_the_nearest_group_to_a_photo():
    groups = group(surveyed([face(1, 1), face(2, 2)]))
    place, distance = nearest(groups, person(2))
    assert groups[place].tracks == {2} and distance < 0.2
    assert nearest([Group({1})], person(2)) == (0, pytest.approx(np.inf))
    assert nearest([], person(2)) == (0, np.inf)

import numpy as np
import pytest

from faceswap.errors import NoFaces
from faceswap.faces import FrameFaces, make_face
from faceswap.geometry import MEAN_FACE
from faceswap.identity import SAME, choose


def person(seed):
    """A descriptor; those of different seeds are more than `SAME` apart."""
    return np.random.default_rng(seed).normal(0, 0.07, 128)


def face(who, track, noise=0, known=True):
    shake = np.random.default_rng(noise).normal(0, 0.01, 128)
    return make_face((0, 0, 9, 9), 1, MEAN_FACE, 0, track, person(who) + shake if known else None)


def film(*rows):
    return [FrameFaces(number, list(faces)) for number, faces in enumerate(rows)]


def test_persons_of_the_test_are_apart():
    assert np.linalg.norm(person(1) - person(2)) > 1.5 * SAME


def test_the_one_seen_most_is_chosen_whatever_the_tracks():
    frames = film(
        [face(1, 1), face(2, 2)],
        [face(2, 2, 1), face(1, 1, 2)],
        [face(1, 3, 3)],
        [face(2, 4, 4)],
        [face(1, 5, 5)],
    )
    choice = choose(frames)
    assert set(choice.tracks) == {1, 3, 5}
    assert choice.others == {2, 4}
    picked = [choice.pick(frame.faces) for frame in frames]
    assert [[n for n, _ in found] for found in picked] == [[0], [1], [0], [], [0]]


def test_a_photo_chooses_the_one_it_shows():
    frames = film([face(1, 1), face(2, 2)], [face(1, 1)], [face(1, 1)])
    choice = choose(frames, person(2))
    assert set(choice.tracks) == {2}


def test_a_photo_of_nobody_there_is_refused_with_the_distance():
    with pytest.raises(NoFaces, match=r"nearest is at a distance of \d\.\d\d"):
        choose(film([face(1, 1)]), person(7))


def test_one_face_a_frame_and_the_surest_track_first():
    frames = film([face(1, 1)], [face(1, 1)], [face(1, 2, 1), face(1, 1)])
    choice = choose(frames)
    assert len(choice.pick(frames[2].faces)) == 1
    nearest = min(choice.tracks, key=choice.tracks.get)
    assert choice.pick(frames[2].faces)[0][1].track == nearest


def test_a_track_nobody_knows_is_taken_where_the_person_is_not_seen():
    frames = film([face(1, 1)], [face(1, 3, known=False)])
    choice = choose(frames)
    assert [f.track for _, f in choice.pick(frames[1].faces)] == [3]
    both = [face(1, 3, known=False), face(1, 1)]
    assert [n for n, _ in choice.pick(both)] == [1]


def test_without_descriptors_every_track_is_the_persons():
    frames = film([face(1, 1, known=False)], [face(1, 2, known=False)])
    choice = choose(frames)
    assert set(choice.tracks) == {1, 2}
    assert not choice.others


def test_a_film_without_faces_chooses_nobody():
    choice = choose(film([], []))
    assert choice.pick([]) == []


def test_two_who_are_in_a_frame_at_once_are_two_however_alike() -> None:
    twin = np.zeros(128)
    twin[0] = 0.3
    one, other = (
        make_face((0, 0, 9, 9), 1.0, np.zeros((68, 2)), track=n, descriptor=d)
        for n, d in ((1, np.zeros(128)), (2, twin))
    )
    frames = [FrameFaces(0, [one, other]), FrameFaces(1, [one])]
    choice = choose(frames)
    assert set(choice.tracks) == {1} and choice.others == {2}
    apart = choose([FrameFaces(0, [one]), FrameFaces(1, [other])])
    assert set(apart.tracks) == {1, 2}

import pytest

from faceswap.detection.faces import FrameFaces, make_face
from faceswap.films.frame_index import Clip, Frame, FrameIndex
from faceswap.people.people import Drop, People, Person
from faceswap.people.picking import picked
from faceswap.pictures.geometry import MEAN_FACE

#: Frames; ann (track 1) is missing in three of them, bob (track 2) beside her in all.
COUNT, MISSING = 20, (8, 9, 10)


def face(x, raw):
    return make_face((x, 0, x + 90, 90), 1.5, MEAN_FACE * 90 + (x, 0), 0, raw)


def film():
    frames = [Frame(n, 1, n, n == 0, n in (0, 15)) for n in range(COUNT)]
    index = FrameIndex([Clip("media/a", "video", 640, 480, (1, 25), (25, 1), frames)])
    rows = []
    for n in range(COUNT):
        ann = [] if n in MISSING else [face(100 + n, 5 if n < 8 else 77)]
        rows.append(FrameFaces(n, [face(300, 6), *ann]))
    return index, rows


def people(*swapped, drop=()):
    persons = [
        Person(number=1, swap=1 in swapped, tracks="2, 4"),
        Person(number=2, swap=2 in swapped, tracks="1, 3"),
    ]
    return People(person=persons, drop=list(drop))


def found(who, steady=1.0):
    index, rows = film()
    return dict(picked(rows, index, who, steady))


@pytest.mark.parametrize("steady", [0.0, 1.0])
def test_each_frame_has_the_faces_that_are_swapped_with_their_numbers_and_shots(steady):
    both = found(people(1, 2), steady)
    assert list(both) == list(range(COUNT))
    for n, some in both.items():
        real = [one for one in some if not one.filled]
        assert [one.number for one in real] == ([0] if n in MISSING else [0, 1])
        assert {one.shot for one in some} == {1 if n < 15 else 2}


def test_a_gap_is_filled_behind_the_faces_that_are_there():
    ann = found(people(1))
    for n in MISSING:
        (one,) = ann[n]
        assert (one.number, one.filled) == (1, True)
        assert one.face.box[0] == pytest.approx(100 + n, abs=12)
    assert [one.filled for n in range(COUNT) if n not in MISSING for one in ann[n]] == [False] * 17
    assert not any(found(people(1), 0.0)[n] for n in MISSING)


def test_what_was_dropped_is_not_filled_again():
    ann = found(people(1, drop=[Drop(frames="3-4", person=1), Drop(frames="9")]))
    assert [n for n, some in ann.items() if not some] == [3, 4, 9]


def test_nobody_is_filled_who_is_there_and_nobody_unasked():
    assert {len(some) for some in found(people(2)).values()} == {1}
    assert not any(one.filled for some in found(people(2)).values() for one in some)
    assert not any(found(people()).values())

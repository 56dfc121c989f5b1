import numpy as np

from faceswap.detection.faces import FrameFaces, make_face
from faceswap.films.frame_index import Clip, Frame, FrameIndex
from faceswap.people.tracks import GAP, cuts_of, linked, overlap, shots_of
from faceswap.pictures.geometry import MEAN_FACE


def face(x, track, who=None, side=100):
    descriptor = None if who is None else np.eye(128)[who]
    return make_face((x, 0, x + side, side), 1, MEAN_FACE * side, 0, track, descriptor)


def numbered(rows, cuts=()):
    lines = [FrameFaces(n, list(faces)) for n, faces in enumerate(rows)]
    begin = [n == 0 or n in cuts for n in range(len(lines))]
    return [[f.track for f in line.faces] for line in linked(lines, begin)]


def test_a_face_keeps_its_number_where_a_new_range_begins():
    assert numbered([[face(0, 5)], [face(2, 5)], [face(4, 48000)], [face(6, 48000)]]) == [[1]] * 4


def test_two_beside_each_other_keep_theirs_in_whatever_order():
    rows = [[face(0, 1), face(300, 2)], [face(301, 90), face(1, 91)], [face(2, 91), face(302, 90)]]
    assert numbered(rows) == [[1, 2], [2, 1], [1, 2]]


def test_a_short_gap_is_bridged_and_a_long_one_is_not():
    assert numbered([[face(0, 1)], *[[]] * GAP, [face(5, 2)]])[-1] == [1]
    assert numbered([[face(0, 1)], *[[]] * (GAP + 1), [face(5, 2)]])[-1] == [2]


def test_nothing_goes_on_past_a_cut_or_at_another_place_or_as_another_person():
    assert numbered([[face(0, 1)], [face(0, 2)]], cuts=[1]) == [[1], [2]]
    assert numbered([[face(0, 1)], [face(0, 1)]], cuts=[1]) == [[1], [2]]
    assert numbered([[face(0, 1)], [face(80, 2)]]) == [[1], [2]]
    assert numbered([[face(0, 1, who=3)], [face(0, 2, who=4)]]) == [[1], [2]]
    assert numbered([[face(0, 1, who=3)], [face(0, 2, who=3)]]) == [[1], [1]]


def test_one_new_face_goes_on_one_old_one():
    rows = [[face(0, 1)], [face(2, 7), face(10, 8)]]
    assert numbered(rows) == [[1], [1, 2]]


def test_shots_are_counted_over_all_clips():
    def clip(cuts):
        frames = [Frame(n, 1, n, False, cut) for n, cut in enumerate(cuts)]
        return Clip("media/a", "video", 8, 8, (1, 25), (25, 1), frames)

    index = FrameIndex([clip([True, False, True]), clip([True]), clip([False, False])])
    assert list(shots_of(index)) == [1, 1, 2, 3, 4, 4]
    assert list(cuts_of(index)) == [True, False, True, True, True, False]


def test_overlap_of_squares():
    assert overlap((0, 0, 2, 2), (0, 0, 2, 2)) == 1
    assert overlap((0, 0, 2, 2), (1, 0, 3, 2)) == 1 / 3
    assert overlap((0, 0, 2, 2), (5, 0, 7, 2)) == overlap((0, 0, 2, 2), (2, 0, 4, 2)) == 0

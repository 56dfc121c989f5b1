import pytest

from faceswap.detection.faces import FrameFaces, make_face
from faceswap.errors import BadOption
from faceswap.people.people import Cast, Drop, People, Person
from faceswap.pictures.geometry import MEAN_FACE

TWO = """
[[person]]
number = 1
name = "Ann"
swap = true
tracks = "1, 4-5"

[[person]]
number = 2
tracks = "2-3"
"""


def load(tmp_path, text):
    path = tmp_path / "people.toml"
    path.write_text(text)
    return People.load(path)


def line(frame, *tracks):
    return FrameFaces(frame, [make_face((0, 0, 9, 9), 1, MEAN_FACE, 0, t) for t in tracks])


def picked(people, one, everything=False):
    return [(n, face.track) for n, face in Cast(people, everything).pick(one)]


def test_what_is_written_is_read_again(tmp_path):
    people = load(tmp_path, TWO)
    people.person[1].name = 'O\'Neill "Bob" \\ ä€\U0001f600\n'
    people.drop.append(Drop(frames="120-140", person=2))
    people.save(tmp_path / "people.toml")
    assert People.load(tmp_path / "people.toml") == people


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[person", "is no TOML"),
        ("person = 3\n", r"\$.person"),
        ("[[person]]\nname = 'Ann'\n", "number"),
        ("[[person]]\nnumber = 0\n", "number"),
        ("[[person]]\nnumber = 1\nswop = true\n", "swop"),
        ("[[person]]\nnumber = 1\nswap = 'yes'\n", "bool"),
        ("[[person]]\nnumber = 1\ntracks = '1 to 3'\n", "tracks of person 1: expected numbers"),
        (TWO + "[[person]]\nnumber = 2\n", "person 2 is there twice"),
        (TWO + "[[person]]\nnumber = 3\ntracks = '5'\n", "track 5 is person 1's and person 3's"),
        (TWO + "[[drop]]\nperson = 7\n", "no person 7: there are 1-2"),
        (TWO + "[[drop]]\nframes = '9-3'\n", "drop.frames: expected numbers"),
    ],
)
def test_what_a_person_got_wrong_is_said_with_the_files_name(tmp_path, text, says):
    with pytest.raises(BadOption, match=rf"people\.toml.*{says}"):
        load(tmp_path, text)


def test_of_each_person_swapped_the_largest_face_is_picked(tmp_path):
    people = load(tmp_path, TWO)
    assert picked(people, line(0, 2, 4, 1, 9)) == [(1, 4)]
    assert picked(people, line(0, 3, 9)) == []
    assert picked(people, line(0, 2, 4, 1), everything=True) == [(0, 2), (1, 4)]
    people.person[1].swap = True
    assert picked(people, line(0, 5, 3)) == [(0, 5), (1, 3)]


@pytest.mark.parametrize(
    ("drop", "left"),
    [
        (Drop(frames="2-3, 7"), {0: [4, 2], 2: [], 3: [], 7: []}),
        (Drop(frames="2", person=2), {2: [4], 3: [4, 2]}),
        (Drop(person=1), {2: [2]}),
        (Drop(track=4), {2: [2]}),
        (Drop(frames="2", track=9), {2: [4, 2]}),
    ],
)
def test_corrections_take_faces_out(tmp_path, drop, left):
    people = load(tmp_path, TWO)
    people.person[1].swap = True
    people.drop.append(drop)
    for frame, tracks in left.items():
        assert [track for _, track in picked(people, line(frame, 4, 2))] == tracks


def test_a_person_is_found_by_number(tmp_path):
    assert load(tmp_path, TWO).find(1) == Person(number=1, name="Ann", swap=True, tracks="1, 4-5")
    with pytest.raises(BadOption, match="no person 3: there are 1-2"):
        load(tmp_path, TWO).find(3)
    with pytest.raises(BadOption, match="there are none"):
        load(tmp_path, "").find(1)

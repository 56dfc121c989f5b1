import cv2
import numpy as np
import pytest

from faceswap.data.labels import CLASSES, NONE, Labels, measured, merged, own_labels
from faceswap.errors import BadOption, Damaged
from faceswap.pictures.geometry import MEAN_FACE, crop_matrix, transform

TABLE = Labels(
    {
        "file": ["a.png", "b.png", "c.png", "d.png"],
        "yaw": ["-30.0", "0.5", "30", ""],
        "set": ["y", "x", "", "x"],
    }
)


def test_a_table_is_what_was_saved(tmp_path):
    TABLE.save(tmp_path)
    assert Labels.load(tmp_path, 4) == TABLE
    with pytest.raises(Damaged, match="not a line for each of 5"):
        Labels.load(tmp_path, 5)
    (tmp_path / "labels.csv").write_text("a,b\n1\n")
    with pytest.raises(Damaged, match="is no table"):
        Labels.load(tmp_path, 1)


def test_classes_of_what_is_measured_of_texts_and_of_many_numbers():
    names, classes = TABLE.classes("yaw")
    assert names == ["left", "front", "right"] and classes.tolist() == [0, 1, 2, NONE]
    names, classes = TABLE.classes("set")
    assert names == ["x", "y"] and classes.tolist() == [1, 0, NONE, 0]
    many = Labels({"age": [str(n) for n in range(20)]})
    names, classes = many.classes("age")
    assert names == ["below 9.5", "from 9.5"] and classes.tolist() == [0] * 10 + [1] * 10


def test_what_is_no_class_is_refused():
    with pytest.raises(BadOption, match=r"no column 'mood'.*file, yaw, set"):
        TABLE.classes("mood")
    with pytest.raises(BadOption, match="nothing to tell apart"):
        Labels({"set": ["x", "x"]}).classes("set")
    with pytest.raises(BadOption, match="no class 'up' of yaw"):
        TABLE.matching("yaw=up")


def test_what_may_be_another_class_in_a_mirror_is_told():
    own = {
        "gaze": ["to the Left", "ahead"],
        "eye": ["wink_right", ""],
        "angle": ["-3", "4"],
        "mood": ["leftover", "bright"],
    }
    table = Labels(own | {name: ["-30", "30"] for name in CLASSES})
    assert [name for name in table.columns if table.sided(name)] == ["gaze", "eye", "angle", "yaw"]


def test_faces_are_chosen_by_several_classes():
    assert TABLE.matching("").all()
    assert TABLE.matching("yaw=front+set=x").tolist() == [False, True, False, False]
    assert TABLE.rows(np.array([2, 0])).columns["file"] == ["c.png", "a.png"]


def test_one_s_own_labels_are_found_by_the_name_of_the_file(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("file,age\nstills/a.png,30\nb.png,40\n")
    origins = [{"crop": "0", "file": name, "folder": "f", "person": "p"} for name in "ab"]
    origins[0]["file"], origins[1]["file"] = "a.png", "z.png"
    figures = [dict.fromkeys(CLASSES, 1.0)] * 2
    table = merged(origins, figures, own_labels(path))
    assert table.columns["age"] == ["30", ""]
    assert table.columns["yaw"] == ["1.000", "1.000"]
    path.write_text("picture,age\na.png,30\n")
    with pytest.raises(BadOption, match="no column `file`"):
        own_labels(path)


def face(size=160):
    return transform(MEAN_FACE, crop_matrix(MEAN_FACE, size))


def test_a_smile_an_open_mouth_and_a_turn_are_measured():
    points, picture = face(), np.full((160, 160, 3), 120, np.uint8)
    rest = measured(points, picture)
    assert set(rest) == set(CLASSES) and rest["brightness"] == pytest.approx(120)
    smiling, speaking, turned = points.copy(), points.copy(), points.copy()
    smiling[[48, 54]] += [[-6, -5], [6, -5]]
    speaking[[65, 66, 67]] += [0, 12]
    turned[27:36] += [8, 0]
    assert measured(smiling, picture)["smile"] > rest["smile"] + 1.5
    assert measured(speaking, picture)["mouth"] > rest["mouth"] + 0.2
    assert measured(turned, picture)["yaw"] > rest["yaw"] + 5


def test_a_dark_line_over_the_nose_s_bridge_is_told_from_none():
    points = face(160)
    noise = np.random.default_rng(0).integers(100, 140, (160, 160, 3), dtype=np.uint8)
    bare = cv2.GaussianBlur(noise, (0, 0), 4)
    worn = bare.copy()
    top = tuple(int(v) for v in points[27])
    cv2.line(worn, (top[0] - 20, top[1]), (top[0] + 20, top[1]), (20, 20, 20), 3)
    assert measured(points, worn)["glasses"] > 3 * measured(points, bare)["glasses"]

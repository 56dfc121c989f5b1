import pytest

from faceswap import settings
from faceswap.errors import BadOption
from stages_for_tests import Index

STAGES = ["index", "train"]
#: From the weakest to the strongest: each sets the option to another number.
LAYERS = {
    "default": 1,
    "[index]": 2,
    "[source.index]": 3,
    "FACESWAP_INDEX_EVERY": 4,
    "--every": 5,
}


def resolve(layers, side="source"):
    tables = {n[1:-1]: {"every": LAYERS[n]} for n in layers if n.startswith("[")}
    environ = {n: str(LAYERS[n]) for n in layers if n.startswith("FACESWAP")}
    flags = {"every": 5} if "--every" in layers else {}
    return settings.resolve(Index, "index", side, flags, environ, tables)["every"]


@pytest.mark.parametrize("count", range(1, len(LAYERS) + 1))
def test_the_strongest_that_is_given_wins(count):
    names = list(LAYERS)[:count]
    assert resolve(names) == (LAYERS[names[-1]], names[-1])


@pytest.mark.parametrize("one", list(LAYERS)[1:])
def test_each_alone_beats_the_default(one):
    assert resolve(["default", one]) == (LAYERS[one], one)


def test_a_sides_table_is_for_that_side_alone():
    assert resolve(["[index]", "[source.index]"], side="target") == (2, "[index]")


def test_a_flag_that_says_false_or_nought_is_given():
    found = settings.resolve(Index, "index", "", {"workers": 0}, {}, {"index": {"workers": 3}})
    assert found["workers"] == (0, "--workers")


@pytest.mark.parametrize(
    ("flags", "environ", "tables", "said"),
    [
        ({"every": 0}, {}, {}, "--every: every is at least 1"),
        ({}, {"FACESWAP_INDEX_EVERY": "x"}, {}, "FACESWAP_INDEX_EVERY: every takes int"),
        ({}, {}, {"index": {"every": "x"}}, r"\[index\]: every takes int"),
        ({}, {}, {"index": {"evry": 1}}, r"\[index\] evry: no such option; known are every"),
        ({}, {}, {"source.index": {"evry": 1}}, r"\[source.index\] evry: no such option"),
    ],
)
def test_a_wrong_value_is_refused_with_where_it_stands(flags, environ, tables, said):
    with pytest.raises(BadOption, match=said):
        settings.resolve(Index, "index", "source", flags, environ, tables)


def test_no_file_has_no_tables(tmp_path):
    assert settings.read(tmp_path / "faceswap.toml", STAGES) == {}


def test_tables_are_read_by_stage_and_side(tmp_path):
    path = tmp_path / "faceswap.toml"
    path.write_text("[index]\nevery = 2\n[source.index]\nevery = 3\n[train]\n")
    assert settings.read(path, STAGES) == {
        "index": {"every": 2},
        "source.index": {"every": 3},
        "train": {},
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[idnex]\nevery = 2\n", "no stage `idnex`: there are index, train"),
        ("[source.idnex]\n", "no stage `source.idnex`"),
        ("every = 2\n", "no stage `every`"),
        ("index = 2\n", "`index` must be a table"),
        ("source = 2\n", "`source` must be a table"),
        ("source.index = 2\n", "must be a table"),
        ("[index\n", "is no TOML"),
        ("[middle.index]\n", "no stage `middle`"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(tmp_path, text, said):
    path = tmp_path / "faceswap.toml"
    path.write_text(text)
    with pytest.raises(BadOption, match=said) as caught:
        settings.read(path, STAGES)
    assert str(path) in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "faceswap.toml"
    path.write_bytes(b"\xff\xfe[index]")
    with pytest.raises(BadOption, match="is no TOML"):
        settings.read(path, STAGES)

from dataclasses import dataclass

import pytest

from faceswap.errors import BadOption
from faceswap.options import check, create, describe, option


@dataclass(frozen=True)
class Thing:
    every: int = option(1, "Keep one in this many.", low=1)
    share: float = option(0.5, "A part.", low=0, high=1, affects="nothing")
    kind: str = option("png", "A kind.", choices=("png", "jpg"))
    flip: bool = option(True, "Mirror half.")
    names: tuple[str, ...] = option((), "Some names.")
    inner: int = 3


KNOWN = {o.name: o for o in describe(Thing)}


def test_options_are_the_fields_with_a_help_in_order():
    assert list(KNOWN) == ["every", "share", "kind", "flip", "names"]
    assert KNOWN["share"].affects == "nothing"
    assert KNOWN["every"].kind is int and KNOWN["every"].default == 1


def test_limits_in_words():
    words = {name: o.limits for name, o in KNOWN.items()}
    assert words["every"] == "at least 1"
    assert words["share"] == "0 to 1"
    assert words["kind"] == "one of png, jpg"
    assert words["names"] == ""


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("every", "7", 7),
        ("every", 7, 7),
        ("share", "0.25", 0.25),
        ("share", 1, 1.0),
        ("kind", "jpg", "jpg"),
        ("flip", "off", False),
        ("flip", "YES", True),
        ("flip", False, False),
        ("names", "a,b", ("a", "b")),
        ("names", ["a", "b"], ("a", "b")),
        ("names", ("a",), ("a",)),
    ],
)
def test_text_and_values_become_the_options_type(name, given, value):
    found = check(KNOWN[name], given)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("every", "0", "at least 1, not 0"),
        ("every", "two", "takes int, not 'two'"),
        ("every", 2.5, "takes int"),
        ("every", True, "takes int"),
        ("share", 1.5, "0 to 1, not 1.5"),
        ("share", "nan", "takes float"),
        ("share", "inf", "takes float"),
        ("share", True, "takes float"),
        ("kind", "gif", "one of png, jpg"),
        ("kind", 3, "takes str"),
        ("flip", "perhaps", "takes bool"),
        ("flip", 1, "takes bool"),
        ("names", 5, "takes tuple"),
    ],
)
def test_what_an_option_does_not_allow_is_refused_in_one_line(name, given, said):
    with pytest.raises(BadOption, match=said) as caught:
        check(KNOWN[name], given, "faceswap.toml: ")
    text = str(caught.value)
    assert text.startswith(f"faceswap.toml: {name} ")
    assert "\n" not in text


def test_create_sets_what_is_given_and_leaves_the_defaults():
    assert create(Thing, {"every": "3"}) == Thing(every=3)


def test_create_refuses_unknown_names_and_says_the_known():
    with pytest.raises(BadOption, match="no option `evry`: known are every, flip, kind"):
        create(Thing, {"evry": 3})


def test_a_field_without_help_is_no_option():
    with pytest.raises(BadOption, match="inner"):
        create(Thing, {"inner": 3})

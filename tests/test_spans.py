import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceswap.errors import BadOption
from faceswap.people import spans


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("7", [(7, 7)]),
        ("120-140,150", [(120, 140), (150, 150)]),
        (" 1 - 3 , 5 9", [(1, 3), (5, 5), (9, 9)]),
    ],
)
def test_numbers_as_people_write_them(text, found):
    assert spans.parse(text, "frames") == found


@pytest.mark.parametrize("text", ["a", "1-", "-3", "5-3", "1..3", "1.5", "99999999"])
def test_anything_else_is_refused_with_what_it_was_for(text):
    with pytest.raises(BadOption, match=r"drop: expected numbers like 120-140,150"):
        spans.parse(text, "drop")


@given(st.sets(st.integers(0, 300)))
def test_written_and_read_again_they_are_the_same(numbers):
    found = spans.parse(spans.text(numbers), "numbers")
    assert {n for n in range(302) if spans.inside(n, found)} == numbers

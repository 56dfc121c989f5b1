import pytest

from faceswap.compositing.looks import LOOKS, Look, by_shot, numbered
from faceswap.errors import BadOption
from faceswap.options import describe


def test_the_first_look_is_the_defaults_and_no_look_is_there_twice():
    assert LOOKS[0] == Look()
    assert len(set(LOOKS)) == len(LOOKS)
    assert str(LOOKS[0]) == "defaults" and "" not in map(str, LOOKS)


def test_looks_hold_what_their_options_allow():
    for look in LOOKS:
        for option in describe(Look):
            value = getattr(look, option.name)
            assert not option.choices or value in option.choices


def test_a_shot_has_its_own_look_and_all_else_as_the_film():
    film = Look(color="none", feather=0.3)
    found = by_shot(film, ["3:erode=0.1", "3:color=sliced", "5:look=2"], 9)
    assert found == {3: Look(color="sliced", erode=0.1, feather=0.3), 5: LOOKS[1]}


def test_a_shots_look_comes_before_its_options():
    assert by_shot(Look(), ["1:feather=0.5", "1:look=5"], 1)[1] == Look(color="none", feather=0.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3", "shot takes texts as 3:feather=0.2"),
        ("x:feather=0.2", "shot takes texts"),
        ("3:feather", "shot takes texts"),
        ("3:fether=0.2", "shot 3: no option `fether`: known are look, color"),
        ("3:feather=7", "shot 3: feather is 0 to 1"),
        ("3:feather=soft", "shot 3: feather takes float"),
        ("3:look=99", "shot 3: look is 1 to"),
        ("3:codec=av1", "no option `codec`"),
        ("8:feather=0.2", "the film has shots 1 to 7"),
        ("0:feather=0.2", "the film has shots 1 to 7"),
    ],
)
def test_what_no_shot_takes_is_refused(text, said):
    with pytest.raises(BadOption, match=said):
        by_shot(Look(), [text], 7)


def test_shots_are_not_counted_before_the_film_is_known():
    assert by_shot(Look(), ["800:look=1"], 0) == {800: LOOKS[0]}


def test_a_number_is_a_look():
    assert numbered("1") == LOOKS[0]
    with pytest.raises(BadOption):
        numbered("0")

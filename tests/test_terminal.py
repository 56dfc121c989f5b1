import json

import numpy as np
import pytest

from faceswap.console.terminal import Terminal


def spoken(**how):
    said = {"as_json": False, "quiet": False, "verbose": False} | how
    out, err = [], []
    terminal = Terminal(out.append, err.append, bars=False, **said)
    terminal.line("done", {"state": "done"})
    terminal.note("a note")
    terminal.warn("look")
    terminal.detail("more")
    return out, err


@pytest.mark.parametrize(
    ("how", "out", "err"),
    [
        ({}, ["done", "a note"], ["warning: look"]),
        ({"verbose": True}, ["done", "a note"], ["warning: look", "more"]),
        ({"quiet": True}, [], ["warning: look"]),
    ],
)
def test_how_much_is_said(how, out, err):
    assert spoken(**how) == (out, err)


def test_json_is_one_object_a_line():
    out, err = spoken(as_json=True)
    assert [json.loads(line) for line in out] == [{"state": "done"}, {"note": "a note"}]
    assert err == ["warning: look"]


def test_a_picture_is_drawn_only_where_it_can_be_shown():
    kitty = {"TERM": "xterm-kitty"}
    for bars, quiet, environ, shown in (
        (True, False, kitty, True),
        (True, False, {"TERM": "xterm"}, False),
        (False, False, kitty, False),
        (True, True, kitty, False),
    ):
        drawn, err = [], []
        terminal = Terminal(print, err.append, bars, False, quiet, False, environ)
        terminal.picture(lambda drawn=drawn: drawn.append(1) or np.zeros((4, 4, 3), np.uint8))
        assert bool(drawn) == shown
        assert [text.startswith("\x1b_G") for text in err] == [True] * shown


def test_a_bar_is_drawn_only_where_somebody_looks(capsys):
    for bars in (False, True):
        terminal = Terminal(print, print, bars, as_json=False, quiet=False, verbose=False)
        with terminal.bar("detect", 10, done=3) as bar:
            bar.step(2, loss=0.5)
        said = capsys.readouterr()
        assert said.out == ""
        assert ("detect" in said.err) == bars

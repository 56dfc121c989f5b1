import base64
import re

import cv2
import numpy as np
import pytest

from faceswap.console.terminal_pictures import CHUNK, WIDEST, protocol, sequence

#: Two pixels beside each other, red and blue, three high.
FLAG = np.zeros((3, 2, 3), np.uint8)
FLAG[:, 0, 0] = FLAG[:, 1, 2] = 255


@pytest.mark.parametrize(
    ("environ", "how"),
    [
        ({"TERM": "xterm-256color"}, ""),
        ({}, ""),
        ({"TERM": "dumb", "TERM_PROGRAM": "Apple_Terminal"}, ""),
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iterm"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, "iterm"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "iterm"),
        ({"TERM": "foot-extra"}, "sixel"),
        ({"TERM": "mlterm"}, "sixel"),
        ({"TERM": "xterm+sixel"}, "sixel"),
        ({"TERM": "xterm", "TERM_PROGRAM": "mintty"}, "sixel"),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/tmux-1/default,1,0"}, ""),
        ({"TERM": "screen-256color", "KITTY_WINDOW_ID": "1"}, ""),
    ],
)
def test_the_environment_says_what_the_terminal_can_show(environ, how):
    assert protocol(environ) == how


def test_sixel_is_as_the_terminal_wants_it():
    # Columns of three pixels are letter 63 + 7; a band's colours lie over each other.
    sent = sequence("sixel", FLAG)
    begin, end = '\x1bP0;1q"1;1;2;3', "\x1b\\\n"
    assert sent.startswith(begin) and sent.endswith(end)
    body = sent[len(begin) : -len(end)]
    palette = dict(re.findall(r"#(\d);2;(\d+;\d+;\d+)", body))
    assert set(palette.values()) == {"100;0;0", "0;0;100"}
    red = next(n for n, color in palette.items() if color == "100;0;0")
    blue = str(1 - int(red))
    lines = {red: f"#{red}F?", blue: f"#{blue}?F"}
    assert body.endswith("$".join(lines[n] for n in sorted(lines)))


def test_sixel_packs_runs_and_goes_on_below():
    plain = np.full((8, 20, 3), 255, np.uint8)
    assert sequence("sixel", plain).endswith("#0!20~-#0!20B\x1b\\\n")


def read(text):
    return cv2.imdecode(np.frombuffer(base64.b64decode(text), np.uint8), cv2.IMREAD_COLOR_RGB)


def test_kitty_gets_a_png_in_chunks():
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
    sent = sequence("kitty", noise)
    parts = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", sent)
    assert "".join(f"\x1b_G{keys};{data}\x1b\\" for keys, data in parts) + "\n" == sent
    assert parts[0][0] == "a=T,f=100,q=2,m=1"
    assert {keys for keys, _ in parts[1:-1]} <= {"m=1"} and parts[-1][0] == "m=0"
    assert all(len(data) <= CHUNK for _, data in parts) and len(parts) > 2
    np.testing.assert_array_equal(read("".join(data for _, data in parts)), noise)


def test_a_small_picture_is_one_chunk_that_is_the_last():
    assert sequence("kitty", FLAG).startswith("\x1b_Ga=T,f=100,q=2,m=0;iVBORw0KGgo")


def test_iterm_gets_a_file_to_show():
    head, _, text = sequence("iterm", FLAG).partition(":")
    assert text.endswith("\x07\n")
    size = len(base64.b64decode(text[:-2]))
    assert head == f"\x1b]1337;File=inline=1;size={size};width=2px"
    np.testing.assert_array_equal(read(text[:-2]), FLAG)


def test_wide_pictures_are_made_smaller():
    wide = np.zeros((100, 2 * WIDEST, 3), np.uint8)
    assert f'"1;1;{WIDEST};50' in sequence("sixel", wide)

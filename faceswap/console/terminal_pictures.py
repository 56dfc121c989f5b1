"""Pictures for terminals that can show them: kitty's, iTerm2's and DEC's sixel protocol."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.films.images import encode_image

Image = NDArray[np.uint8]

#: Widest picture that is sent, in pixels: wider ones would be cut off at the terminal's edge.
WIDEST = 960
#: Letters of base64 in one of kitty's sequences, and colours of a sixel picture.
CHUNK, COLORS = 4096, 255
#: What terminals call themselves, by TERM_PROGRAM and by the beginning of TERM.
_PROGRAMS = {"iTerm.app": "iterm", "WezTerm": "iterm", "ghostty": "kitty", "mintty": "sixel"}
_TERMS = {
    "xterm-kitty": "kitty",
    "xterm-ghostty": "kitty",
    "foot": "sixel",
    "mlterm": "sixel",
    "contour": "sixel",
    "yaft": "sixel",
}
#: Programs that stand between the terminal and us, and pass no picture on unless they are told to.
_BETWEEN = ("TMUX", "STY")


def protocol(environ: Mapping[str, str]) -> str:
    """How the terminal of this environment is shown pictures: a key of `_SENT`, or empty.

    Example:
        >>> protocol({"TERM": "xterm-kitty"}), protocol({"TERM": "xterm-256color"})
        ('kitty', '')
    """
    term = environ.get("TERM", "")
    if any(environ.get(name) for name in _BETWEEN) or term.startswith(("screen", "tmux")):
        return ""
    if environ.get("KITTY_WINDOW_ID"):
        return "kitty"
    if environ.get("LC_TERMINAL") == "iTerm2":
        return "iterm"
    known = _PROGRAMS.get(environ.get("TERM_PROGRAM", ""))
    by_term = (how for name, how in _TERMS.items() if term.split("+")[0].startswith(name))
    return known or next(by_term, "sixel" if "sixel" in term else "")


def sequence(how: str, picture: Image) -> str:
    """What to write to a terminal so that it shows a picture, and goes to the next line.

    Args:
        how: What `protocol` said; not empty.
        picture: (h, w, 3) RGB; made smaller where it is wider than `WIDEST`.
    """
    height, width = picture.shape[:2]
    if width > WIDEST:
        size = (WIDEST, round(height * WIDEST / width))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    return _SENT[how](picture) + "\n"


def _kitty(picture: Image) -> str:
    """Kitty's graphics protocol: a PNG in chunks, transmitted, shown, and not answered."""
    text = base64.b64encode(encode_image(picture, "png")).decode("ascii")
    chunks = [text[n : n + CHUNK] for n in range(0, len(text), CHUNK)]
    keys = ["a=T,f=100,q=2,", *[""] * (len(chunks) - 1)]
    return "".join(
        f"\x1b_G{key}m={int(n < len(chunks))};{chunk}\x1b\\"
        for n, (key, chunk) in enumerate(zip(keys, chunks, strict=True), 1)
    )


def _iterm(picture: Image) -> str:
    """iTerm2's inline images: a PNG as a file that is shown."""
    data = encode_image(picture, "png")
    head = f"File=inline=1;size={len(data)};width={picture.shape[1]}px"
    return f"\x1b]1337;{head}:{base64.b64encode(data).decode('ascii')}\x07"


def _sixel(picture: Image) -> str:
    """Sixel of the VT340: bands of six rows, in each a line of letters for each colour in it."""
    from PIL import Image as Pillow

    quantised = Pillow.fromarray(picture).quantize(COLORS)
    places = np.asarray(quantised)
    colors = np.asarray(quantised.getpalette(), int).reshape(-1, 3)[: places.max() + 1]
    height, width = places.shape
    named = [f"#{n};2;{';'.join(map(str, c))}" for n, c in enumerate((colors * 100 + 127) // 255)]
    bands = [_band(places[top : top + 6]) for top in range(0, height, 6)]
    return f'\x1bP0;1q"1;1;{width};{height}{"".join(named)}{"-".join(bands)}\x1b\\'


def _band(rows: NDArray[np.uint8]) -> str:
    weights = 1 << np.arange(len(rows))
    lines = []
    for color in np.unique(rows):
        letters = 63 + (weights[:, None] * (rows == color)).sum(axis=0)
        lines.append(f"#{color}" + _packed(letters))
    return "$".join(lines)


def _packed(letters: NDArray[np.int64]) -> str:
    """The letters as text, runs of more than three by their length."""
    begins = np.flatnonzero(np.diff(letters, prepend=-1))
    lengths = np.diff(begins, append=len(letters))
    runs = zip(map(chr, letters[begins].tolist()), lengths.tolist(), strict=True)
    return "".join(one * many if many <= 3 else f"!{many}{one}" for one, many in runs)


_SENT: dict[str, Callable[[Image], str]] = {"kitty": _kitty, "iterm": _iterm, "sixel": _sixel}

"""The screen a film of high dynamic range was made for, in the words of each encoder."""

from __future__ import annotations

from faceswap.films.frame_index import Clip

#: Units of chromaticities and of light in the words of x264 and x265 (H.264, D.2.29).
_PLACE, _LIGHT = 50_000, 10_000


def screen_options(clip: Clip, encoder: str) -> dict[str, str]:
    """What to tell an encoder; nothing where the film says nothing, or no word exists."""
    words = {
        "libx264": ("x264-params", "mastering-display", "cll", True),
        "libx265": ("x265-params", "master-display", "max-cll", True),
        "libsvtav1": ("svtav1-params", "mastering-display", "content-light", False),
    }
    if encoder not in words:
        return {}
    option, screen, light, whole = words[encoder]
    said = []
    if clip.mastering:
        said.append(f"{screen}={_screen(clip.mastering, whole)}")
    if clip.light:
        said.append(f"{light}={clip.light[0]},{clip.light[1]}")
    return {option: ":".join(said)} if said else {}


def _screen(figures: tuple[float, ...], whole: bool) -> str:
    """`G(x,y)B(x,y)R(x,y)WP(x,y)L(brightest,darkest)`; in whole units, or as they are."""
    dark, bright = figures[8:]
    named = {"G": figures[2:4], "B": figures[4:6], "R": figures[0:2], "WP": figures[6:8]}
    named["L"] = (bright, dark)
    said = []
    for name, (x, y) in named.items():
        unit = _LIGHT if name == "L" else _PLACE
        pair = f"{round(x * unit)},{round(y * unit)}" if whole else f"{x:.6g},{y:.6g}"
        said.append(f"{name}({pair})")
    return "".join(said)

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from faceswap.evaluation.metrics import METRICS
from faceswap.evaluation.page import Report, page, runs, sign
from faceswap.evaluation.worst import Sight
from faceswap.films.images import encode_image

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
FIGURES = {metric.name: 0.5 for metric in METRICS} | {"seam": 9.0, "tone": None, "target_blinks": 0}


def report(**changes: object) -> Report:
    jpeg = encode_image(np.full((160, 480, 3), 90, np.uint8), "jpg")
    said: dict[str, object] = {
        "title": "How good <is> it?",
        "lines": ["75 of 75 frames & more."],
        "figures": FIGURES,
        "floor": {"seam": 0.1},
        "best": {"margin": 0.9},
        "frames": {"no face in the output": [3, 4, 5, 9]},
        "plots": [
            '<svg viewBox="0 0 9 9"><path d="M0 0L9 9"/><text y="8">t</text></svg>',
        ],
        "sights": {"seam": [Sight(12, 9.0, jpeg)], "unswapped": [Sight(3, float("nan"), jpeg)]},
        "clip": b"\0\0\0",
        "settings": {"merge": {"color": "<lab>"}},
    }
    return Report(**(said | changes))  # type: ignore[arg-type]


class Tags(HTMLParser):
    """Collects what a page loads, and whether its tags are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loaded += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag not in {"meta", "img", "br", "path"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "path":
            assert self.open.pop() == tag


def shown(folder: Path, *flags: str) -> str:
    """The page's DOM after a browser has read it."""
    profile = f"--user-data-dir={folder / 'profile'}"
    usual = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", profile]
    done = subprocess.run(
        [str(CHROMIUM), *usual, *flags, (folder / "index.html").as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_is_well_formed_and_loads_nothing_from_elsewhere() -> None:
    tags = Tags()
    tags.feed(page(report()))
    assert not tags.open
    assert tags.loaded and all(source.startswith("data:") for source in tags.loaded)


def test_what_people_wrote_is_text_and_no_markup() -> None:
    text = page(report())
    assert "How good &lt;is&gt; it?" in text and "color = &lt;lab&gt;" in text
    assert "<lab>" not in text and "frames &amp; more" in text


def test_every_metric_has_its_row_with_its_sign() -> None:
    rows = dict(re.findall(r'<tr id="(\w+)">(.*?)</tr>', page(report())))
    assert list(rows) == [metric.name for metric in METRICS]
    assert "poor" in rows["seam"] and "9.0" in rows["seam"] and "0.1" in rows["seam"]
    assert "good" in rows["margin"] and "0.90" in rows["margin"]
    assert "good" not in rows["tone"] and "poor" not in rows["tone"]


def test_eyes_are_held_to_their_bar_where_the_target_blinks() -> None:
    eyes = next(metric for metric in METRICS if metric.name == "eye_correlation")
    assert sign(eyes, {"eye_correlation": 0.1, "target_blinks": 0}) is None
    assert sign(eyes, {"eye_correlation": 0.1, "target_blinks": 2}) is False


def test_faulty_frames_are_counted_and_listed() -> None:
    assert "no face in the output: 4 frames</h3><p>3-5, 9</p>" in page(report())
    assert "no face" not in page(report(frames={"no face in the output": []}))
    assert runs([]) == [] and runs([2, 1, 7]) == [(1, 2), (7, 7)]


def test_it_says_that_the_film_is_synthetic() -> None:
    assert "synthetic" in page(report())


@browser
def test_a_browser_shows_all_of_it(tmp_path: Path) -> None:
    text = page(report(clip=b""))
    probe = (
        "<script>addEventListener('load', () => { document.title = ["
        "[...document.images].every(i => i.complete && i.naturalWidth == 480),"
        "document.querySelectorAll('#figures tr').length,"
        "getComputedStyle(document.querySelector('svg text')).fill == "
        "getComputedStyle(document.body).color,"
        "document.documentElement.scrollWidth <= innerWidth, innerWidth].join(' ') })</script>"
    )
    # Pictures far down load when they are scrolled to; here they are to load at once.
    text = text.replace('loading="lazy" ', "").replace("</body>", probe + "</body>")
    (tmp_path / "index.html").write_text(text, encoding="utf-8")
    dom = shown(tmp_path, "--window-size=500,900", "--dump-dom")
    said = re.search(r"<title>(.*?)</title>", dom)
    assert said and said[1] == f"true {len(METRICS) + 1} true true 500"


@browser
@pytest.mark.parametrize("dark", [False, True])
def test_it_is_light_by_day_and_dark_by_night(tmp_path: Path, dark: bool) -> None:
    import cv2

    (tmp_path / "index.html").write_text(page(report()), encoding="utf-8")
    flags = ["--blink-settings=preferredColorScheme=0"] if dark else []
    shown(tmp_path, *flags, "--window-size=500,700", f"--screenshot={tmp_path / 'seen.png'}")
    picture = cv2.imread(str(tmp_path / "seen.png"), cv2.IMREAD_GRAYSCALE)
    assert (np.median(picture) < 64) == dark
    assert picture.std() > 5

from __future__ import annotations

import re
from pathlib import Path

import pytest

from faceswap.errors import Unsupported
from faceswap.films.media import index_media
from faceswap.workspace import Workspace
from stages.merge import Merge

from . import whole
from .recipes import RECIPES, cook

REFUSED = {
    "alpha (QuickTime PNG)": ({"codec": "h264"}, "--transparency drop"),
    "interlaced, top first": ({"codec": "hevc"}, "extract --deinterlace flagged"),
    "PQ": ({"pixel_format": "yuv420p"}, "too few bits"),
    "alpha (ProRes 4444)": ({"output_images": "jpg"}, "take png"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_lost_is_refused_before_any_work(
    name: str, tmp_path: Path, clip: Path
) -> None:
    options, says = REFUSED[name]
    film = cook(RECIPES[name], clip, tmp_path)
    work = Workspace.create(tmp_path / "work", [film], [film])
    index_media(work.path("target/media")).save(work.path("target/frames"))
    with pytest.raises(Unsupported, match=says) as caught:
        Merge(**options).check(work)
    assert "\n" not in str(caught.value)
    keeps = {"codec": "ffv1", "output_images": "png", "pixel_format": "auto"}
    Merge(**{**options, **keeps}).check(work)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--codec", "h264", "--preset", "quick"), "has no preset `quick`: there are ultrafast"),
        (("--codec", "ffv1", "--preset", "fast"), "it has none"),
        (("--codec", "av1", "--pixel-format", "yuv444p"), "has no pixel format `yuv444p`"),
        (("--pixel-format", "purple"), "no codec has pixel format `purple`"),
    ],
)
def test_wrong_words_are_refused_at_once(
    words: tuple[str, ...],
    says: str,
    tmp_path: Path,
    clip: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = tmp_path / "work"
    assert whole.run("new", root, "--source", clip, "--target", clip) == 0
    assert whole.run("run", root, *words) == 3
    said = capsys.readouterr().err
    assert re.search(says, said) and len(said.splitlines()) == 1
    assert not (root / "source" / "frames.json").exists()


def test_what_only_the_film_tells_is_refused_right_after_extract(
    tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film, root = cook(RECIPES["alpha (QuickTime PNG)"], clip, tmp_path), tmp_path / "work"
    assert whole.run("new", root, "--source", clip, "--target", film) == 0
    assert whole.run("run", root, "--codec", "h264") == 3
    assert "--transparency drop" in capsys.readouterr().err
    assert (root / "target" / "frames.json").exists()
    assert not (root / "source" / "faces.jsonl").exists()

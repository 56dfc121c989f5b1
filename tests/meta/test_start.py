import subprocess
import sys
import time

import pytest

from .sources import ROOT

HEAVY = {"tensorflow", "keras", "dlib", "cv2", "numpy", "av", "scipy", "ffmpeg", "msgspec"}
#: `--help` may take as many times the processor time of importing click alone.
RATIO = 2.5


def python(code):
    """Runs code in a fresh interpreter; gives its output and its processor time in seconds."""
    begin = sum(_children())
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout, sum(_children()) - begin


def _children():
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime, used.ru_stime


HELP = "import cli; assert cli.main(['--help']) == 0"


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["models"], ["new", "--help"]])
def test_what_only_tells_imports_nothing_heavy(words):
    code = f"import sys, cli; cli.main({words!r}); print('MODULES', *sys.modules)"
    said, _ = python(code)
    loaded = set(said.rpartition("MODULES")[2].split())
    assert "click" in loaded
    assert not loaded & HEAVY


def test_help_tells_of_every_stage():
    from faceswap import plugins

    said, _ = python(HELP)
    for name in plugins.names("stages"):
        assert f"  {name} " in said


def test_help_comes_at_once():
    begin = time.monotonic()
    ratios = [python(HELP)[1] / python("import click")[1] for _ in range(5)]
    assert min(ratios) < RATIO, f"measured in {time.monotonic() - begin:.1f} s"


def test_what_has_nothing_to_do_loads_no_networks(tmp_path, short_clip, other_clip):
    work, clip = str(tmp_path / "work"), short_clip(other_clip)
    media = ["--source", str(clip), "--target", str(clip), "--no-consent-record"]
    code = f"""
import sys, cli
assert cli.main(['new', {work!r}, *{media!r}]) == 0
assert cli.main(['extract', {work!r}, '--side', 'source']) == 0
"""
    python(code)
    for words in (["status", work], ["extract", work, "--side", "source"]):
        said, _ = python(f"import sys, cli; cli.main({words!r}); print('MODULES', *sys.modules)")
        told, _, loaded = said.rpartition("MODULES")
        assert "fresh" in told
        assert not set(loaded.split()) & {"tensorflow", "keras", "dlib", "scenedetect"}

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from . import whole
from .recipes import ffmpeg
from .table import Table

Frames = list[NDArray[np.uint8]]


@pytest.fixture(scope="session")
def clip(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten frames of a man talking, 320x240, and as much sound; nothing is lost in it."""
    path = tmp_path_factory.mktemp("clip") / "clip.mkv"
    words = "-t 0.4 -vf fps=25,scale=320:240 -af atrim=0:0.4,aresample=48000 -c:v ffv1"
    ffmpeg("-ss", "1", "-i", media / "jwpIntro.mp4", *words.split(), "-c:a", "pcm_s16le", path)
    return path


@pytest.fixture(scope="session")
def frames(clip: Path) -> Frames:
    """The clip's pictures, (h, w, 3) RGB."""
    with av.open(str(clip)) as film:
        return [f.to_ndarray(format="rgb24") for f in film.decode(video=0)]


@pytest.fixture(scope="session")
def source(short_clip: Callable[..., Path], other_clip: Path) -> Path:
    """The face to put in."""
    return short_clip(other_clip, 8, 320)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory, source: Path, clip: Path) -> Path:
    """The folder of a model that was trained a little on both."""
    return whole.train(tmp_path_factory.mktemp("model") / "work", source, clip)


@pytest.fixture(scope="session")
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    """What was measured, written into docs/formats.md at the end where that is asked for."""
    found = Table()
    yield found
    if request.config.getoption("--write-formats"):
        found.write()

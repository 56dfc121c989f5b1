"""Real faces for the tests, made small once a session."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import av
import cv2
import hypothesis
import numpy as np
import pytest
from numpy.typing import NDArray

from aligned import Speaker

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden"
#: The astronaut's face with hair and collar; the helmet, on which detectors see a second face, is
#: below and to the right of it.
PORTRAIT = np.s_[0:270, 80:350]

# The same examples in every run; a slow machine is no failure.
hypothesis.settings.register_profile("same", derandomize=True, deadline=None, max_examples=60)
hypothesis.settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write tests/golden/ anew.")
    parser.addoption("--write-formats", action="store_true", help="Write docs/formats.md's table.")


@pytest.fixture(scope="session")
def media() -> Path:
    """The folder of films and the portrait that `make media` fetches."""
    folder = ROOT / ".media"
    if not (folder / "jwpIntro.mp4").is_file():
        pytest.fail(f"{folder} holds no films: run `make media`", pytrace=False)
    return folder


@pytest.fixture(scope="session", autouse=True)
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tests' own local certificate is kept: the user's home is left alone."""
    # Fonts that matplotlib has found before need not be looked for again.
    os.environ.setdefault("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    os.environ["HOME"] = str(tmp_path_factory.mktemp("home"))
    return Path.home() / ".config" / "faceswap"


@pytest.fixture(scope="session")
def portrait(media: Path) -> NDArray[np.uint8]:
    """A woman's portrait with one face, (h, w, 3) RGB."""
    image = cv2.imread(str(media / "astronaut.png"), cv2.IMREAD_COLOR_RGB)
    picture = np.ascontiguousarray(np.asarray(image, np.uint8)[PORTRAIT])
    picture.setflags(write=False)
    return picture


@pytest.fixture(scope="session")
def talking_clip(media: Path) -> Path:
    """A man talking: 640x480, 173 frames, sound."""
    return media / "jwpIntro.mp4"


@pytest.fixture(scope="session")
def speaker(talking_clip: Path) -> Speaker:
    """The talking man's faces, aligned, and what is measured of them."""
    return Speaker.of(talking_clip)


@pytest.fixture(scope="session")
def other_clip(media: Path) -> Path:
    """Another man, smiling: 640x360, 72 frames, sound."""
    return media / "single_face.mp4"


@pytest.fixture(scope="session")
def short_clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes the first frames of a film, smaller: `short_clip(path, frames=24, width=400)`.

    The same clip is made once a session. Sound that lasts as long is copied along.
    """
    folder = tmp_path_factory.mktemp("clips")

    def make(film: Path, frames: int = 24, width: int = 400, sound: bool = True) -> Path:
        clip = folder / f"{film.stem}_{frames}_{width}_{sound:d}.mp4"
        if not clip.exists():
            _cut(film, clip, frames, width, sound)
        return clip

    return make


@pytest.fixture
def side(tmp_path: Path) -> Path:
    """An empty side of a workspace: put films into its `media`."""
    (tmp_path / "side" / "media").mkdir(parents=True)
    return tmp_path / "side"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compares with tests/golden/NAME: an image (mean difference in grey levels) or JSON."""
    update = request.config.getoption("--update-golden")

    def compare(name: str, value: Any, tolerance: float = 0.0) -> None:
        path = GOLDEN / name
        if update:
            _keep(path, value)
        assert path.exists(), f"{path} is not there: run pytest --update-golden and look at it"
        if path.suffix == ".json":
            assert value == pytest.approx(json.loads(path.read_text()), abs=tolerance)
            return
        kept = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR_RGB), np.float64)
        assert kept.shape == value.shape
        assert np.abs(kept - value).mean() <= tolerance

    return compare


def _keep(path: Path, value: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    if path.suffix == ".json":
        path.write_text(json.dumps(value, indent=1) + "\n")
    else:
        cv2.imwrite(str(path), cv2.cvtColor(value, cv2.COLOR_RGB2BGR))


def _cut(film: Path, clip: Path, frames: int, width: int, sound: bool) -> None:
    with av.open(str(film)) as given, av.open(str(film)) as again, av.open(str(clip), "w") as made:
        pictures = given.streams.video[0]
        video = made.add_stream("libx264", pictures.average_rate, options={"crf": "18"})
        video.width, video.height = width, round(width * pictures.height / pictures.width / 2) * 2
        video.pix_fmt = "yuv420p"
        video.time_base = video.codec_context.time_base = pictures.time_base
        # All streams have to be there before the first packet is written.
        heard = again.streams.audio[0] if sound and again.streams.audio else None
        copy = made.add_stream_from_template(heard) if heard else None
        end = Fraction(frames) / pictures.average_rate
        for frame in islice(given.decode(pictures), frames):
            small = frame.reformat(video.width, video.height, "yuv420p")
            small.pts, small.time_base = frame.pts, pictures.time_base
            small.pict_type = av.video.frame.PictureType.NONE
            made.mux(video.encode(small))
        made.mux(video.encode(None))
        for packet in again.demux(heard) if heard else ():
            if packet.dts is not None and packet.dts * heard.time_base < end:
                packet.stream = copy
                made.mux(packet)


@pytest.fixture
def untraced() -> Iterator[None]:
    """A few steps are soonest done without a graph."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)

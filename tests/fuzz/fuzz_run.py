"""One reader fed by atheris, which looks for bytes that reach code not reached before.

    python -m tests.fuzz.fuzz_run NAME FOLDER [options of libFuzzer]

NAME is one of those that `--list` prints. The corpus is FOLDER/NAME, begun with whole
documents; what breaks the reader is left beside it. `make fuzz` runs all of them.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["faceswap", "stages", "tomllib", "PIL"]):
    from faceswap.errors import FaceswapError
    from faceswap.films.deep_images import read_samples
    from faceswap.films.media import index_media

    from .readers import READERS

from .documents import DOCUMENTS

#: What is read beside documents.
MEDIA = ("image", "film")
#: Documents a corpus begins with.
BEGIN = 30
#: MB of memory, and seconds for one input, as libFuzzer counts them.
LIMITS = ("-rss_limit_mb=3000", "-timeout=20", "-max_len=60000")


def _documents(name: str) -> list[bytes]:
    from hypothesis import HealthCheck, Phase, given, settings

    found: list[bytes] = []

    @settings(
        max_examples=BEGIN,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(DOCUMENTS[name])
    def gather(document: bytes) -> None:
        found.append(document)

    gather()
    return found


def _media(name: str) -> list[bytes]:
    # The tests' own makers lie one folder up, where pytest looks for them.
    sys.path.insert(0, str(Path(__file__).parents[1]))
    import cv2

    from films import make_film, picture

    from .test_media import FILMS, IMAGES

    if name == "image":
        kinds = [kind for kind in IMAGES if kind != "pgm"]
        return [bytes(cv2.imencode(f".{kind}", picture(3, 24, 16))[1]) for kind in kinds]
    with tempfile.TemporaryDirectory() as folder:
        return [
            make_film(Path(folder) / film, 4, (32, 32), codec, form).read_bytes()
            for film, (codec, form) in FILMS.items()
            if codec != "libx265"
        ]


def _reader(name: str, folder: Path) -> tuple[Path, Callable[[Path], object]]:
    place = folder / "000000005" / "000000006"
    place.mkdir(parents=True)
    if name == "image":
        return place / "a.png", read_samples
    if name == "film":
        return place / "a.mp4", lambda path: index_media(path.parent)
    file, reader = READERS[name]
    return place / file, reader


def main() -> None:
    """Feeds the reader that is named until time is up or it breaks."""
    if sys.argv[1:] == ["--list"]:
        print(*READERS, *MEDIA)
        return
    name, corpus = sys.argv[1], Path(sys.argv[2]) / sys.argv[1]
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(_documents(name) if name in READERS else _media(name)):
        (corpus / f"begin{number:02d}").write_bytes(data)
    with tempfile.TemporaryDirectory() as folder:
        path, reader = _reader(name, Path(folder))

        def feed(data: bytes) -> None:
            path.write_bytes(data)
            try:
                reader(path)
            except FaceswapError:
                pass
            finally:
                path.unlink(missing_ok=True)

        prefix = f"-artifact_prefix={corpus.parent}/{corpus.name}-"
        atheris.Setup([sys.argv[0], *LIMITS, prefix, *sys.argv[3:], str(corpus)], feed)
        atheris.Fuzz()


if __name__ == "__main__":
    main()

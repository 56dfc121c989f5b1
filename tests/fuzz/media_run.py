"""Reads spoiled films or images one after the other, in a process of its own: they may kill it.

    python -m tests.fuzz.media_run films SEED COUNT FOLDER FILE...

Prints a line before and after each, so that what killed it can be made again. `--only N` makes
and reads just that one.
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import signal
import time
from pathlib import Path

from faceswap.errors import FaceswapError
from faceswap.films.deep_images import read_samples
from faceswap.films.images import read_image
from faceswap.films.media import FrameIndex, index_media, probe
from faceswap.films.video import FrameReader

from .measured import peak
from .mutations import ops, spoiled

#: Bytes of address space, and seconds for one file.
ROOM, PATIENCE = 6 << 30, 60
#: Bytes of a film that are spoiled one at a time; bigger ones more often.
PART = 30_000


def main() -> None:
    """Reads all there is to read."""
    words = argparse.ArgumentParser()
    words.add_argument("what", choices=("films", "images"))
    words.add_argument("seed", type=int)
    words.add_argument("count", type=int)
    words.add_argument("folder", type=Path)
    words.add_argument("files", nargs="+", type=Path)
    words.add_argument("--only", type=int, default=-1)
    asked = words.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
    files = [(path, path.read_bytes()) for path in asked.files]
    for number in [asked.only] if asked.only >= 0 else range(asked.count):
        path, data = files[number % len(files)]
        print(number, path.name, "...", end=" ", flush=True)
        signal.alarm(PATIENCE)
        begun = time.perf_counter()
        said = _read(asked.what, path.name, _spoiled(data, asked.seed, number), asked.folder)
        signal.alarm(0)
        most = peak()
        print(said, f"{time.perf_counter() - begun:.2f} s, {most} MB", flush=True)


def _spoiled(data: bytes, seed: int, number: int) -> bytes:
    rng = random.Random(seed * 1_000_003 + number)
    return spoiled(data, ops(rng, 2 + min(len(data) // PART, 20)))


def _read(what: str, name: str, data: bytes, folder: Path) -> str:
    media = folder / "media"
    shutil.rmtree(media, ignore_errors=True)
    media.mkdir()
    path = media / name
    path.write_bytes(data)
    try:
        return str(_picture(path) if what == "images" else _film(folder))
    except FaceswapError as error:
        return f"refused: {str(error).partition(': ')[2][:80]!r}"


def _picture(path: Path) -> tuple[int, ...]:
    samples, _ = read_samples(path)
    assert samples.shape[:2] == read_image(path).shape[:2]
    return samples.shape


def _film(folder: Path) -> str:
    media = folder / "media"
    for path in media.iterdir():
        probe(path)
    index = index_media(media)
    index.save(folder / "frames.json")
    index = FrameIndex.load(folder / "frames.json")
    with FrameReader(index, folder, threads=1) as reader:
        last = len(index) - 1
        shapes = {frame.shape for _, frame in reader.frames(last // 2, min(last // 2 + 5, last))}
        shapes |= {frame.shape for _, frame in reader.frames(0, 1)}
    return f"{len(index)} frames, {index.clips[0].damaged} damaged, {shapes}"


if __name__ == "__main__":
    main()

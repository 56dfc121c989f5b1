"""Merge beside its floor: the film decoded and encoded alone, with the same settings.

    python -m benchmarks.merge [--height 1080] [--frames 96] [--size 128] [--runs 3]

The film is the bench's portrait that moves; its frames and faces are found by the stages, and the
new face is the old one in other colours, so that no network is needed. Each line is the
quickest of the runs, which take turns. A face's own work is the processor time, of all threads, of
colours, masks, blending and pasting, over frames that were decoded before.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cli import main as faceswap
from faceswap import plan
from faceswap.bench import floors, media
from faceswap.compositing.merger import Merger
from faceswap.compositing.patching import Patching
from faceswap.compositing.swapped import SwappedFolder
from faceswap.films.film import Film
from faceswap.films.footage import footage
from faceswap.films.frame_index import FrameIndex
from faceswap.films.paste import paste
from faceswap.ledger import execute
from faceswap.workspace import Workspace
from stages.merge import Merge
from tests.swapped_for_tests import put_swapped

#: Frames whose faces' own work is measured; they are all held.
OWN = 24


def prepared(folder: Path, frames: int, height: int, size: int) -> Workspace:
    """A workspace all but merged."""
    film = media.make(folder / "film.mp4", frames, height)
    root = folder / "work"
    words = ["--source", str(film), "--target", str(film), "--no-consent-record", "-q"]
    assert faceswap(["new", str(root), *words]) == 0
    for stage in ("extract", "detect", "people", "align"):
        assert faceswap([stage, str(root), "--side", "target", "-q"]) == 0
    work = Workspace.open(root)
    put_swapped(work, lambda face: 255 - (255 - face) // 4 * 3, size)
    return work


def best(runs: int, *works: Callable[[], float | None]) -> list[float]:
    """Seconds of each work, the quickest of its runs; they take turns.

    A work that gives a number has measured itself.
    """
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(runs):
        for one, work in zip(taken, works, strict=True):
            begun = time.perf_counter()
            told = work()
            one.append(time.perf_counter() - begun if told is None else told)
    return [min(one) for one in taken]


def merging(work: Workspace, mark: bool) -> None:
    """The stage, done again."""
    [job] = plan.jobs(work, ["merge"], {"mark": mark}, {})
    execute(job, work, force=True)


def decoding(film: Path) -> None:
    """The film decoded alone."""
    with Film(film) as opened:
        for _ in opened.frames():
            pass


def extracting(work: Workspace) -> None:
    """The stage, done again on the target."""
    [job] = plan.jobs(work, ["extract"], {}, {}, "target")
    execute(job, work, force=True)


def own(work: Workspace) -> float:
    """Seconds of processor that a face takes, by the stage's default options."""
    index = FrameIndex.load(work.path("target/frames"))
    with footage(work.on("target")) as reader:
        frames = list(reader.raw(0, min(OWN, len(index))))
    folder = SwappedFolder(work.path("swapped"))
    begun = time.process_time()
    merger = Merger(folder, Merge().general, {})
    merger.measure()
    measured = (time.process_time() - begun) / len(folder)
    swapped, clip = Patching(merger, False), index.clips[0]
    begun = time.process_time()
    for frame, done in swapped.ahead(frames, clip):
        paste(frame, clip, done.patches)
    return measured + (time.process_time() - begun) / len(frames)


def main() -> None:
    """Print a line for each thing measured, and its ratio to its floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in {"height": 1080, "frames": 96, "size": 128, "runs": 3}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        work = prepared(folder, asked.frames, asked.height, asked.size)
        film, target = folder / "film.mp4", work.path("target/media")
        decode, floor, merged, marked, extracted = best(
            asked.runs,
            lambda: decoding(film),
            lambda: asked.frames * floors.rewrite(target, folder / "again.mp4"),
            lambda: merging(work, False),
            lambda: merging(work, True),
            lambda: extracting(work),
        )
        each = 1000 / asked.frames
        print(f"decode alone          {each * decode:7.2f} ms a frame")
        print(f"extract               {each * extracted:7.2f}, {decode / extracted:4.0%} of it")
        print(f"decode and encode     {each * floor:7.2f}")
        print(f"merge, unmarked       {each * merged:7.2f}, {floor / merged:4.0%} of it")
        print(f"merge, marked, signed {each * marked:7.2f}, {floor / marked:4.0%} of it")
        print(f"own work a face       {1000 * min(own(work) for _ in range(asked.runs)):7.2f} ms")


if __name__ == "__main__":
    main()

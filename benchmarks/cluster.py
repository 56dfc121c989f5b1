"""Detect and align on a Dask cluster of this machine, against its process pool; bytes a frame.

    python benchmarks/cluster.py FILM [--workers 1 2]

One and two Dask workers, each a process with one thread, against as many processes of the pool.
Everything that goes to or from the scheduler is counted.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from dask_for_tests import Counter, cluster
from faceswap.films.frame_index import FrameIndex
from faceswap.workspace import Workspace
from stages.align import Align
from stages.detect import Detect
from stages.extract import Extract
from stages.people import People


def timed(work: Workspace, kind: type[Detect] | type[Align], **options: object) -> float:
    """Seconds of a stage, done from the beginning."""
    begun = time.perf_counter()
    kind(**options).run(work)
    return time.perf_counter() - begun


def warmed(work: Workspace, kind: type[Detect] | type[Align], address: str, count: int) -> None:
    """The stage done once, so that no worker has to load its libraries any more."""
    while True:
        from distributed import Client

        with Client(address) as client:
            if len(client.nthreads()) == count:
                break
        time.sleep(0.2)
    timed(work, kind, scheduler=address)


def main() -> None:
    """Print seconds, their ratio, and bytes a frame."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", type=Path)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    asked = parser.parse_args()
    film = asked.film
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        work = Workspace.create(folder / "work", [film], [film]).on("target")
        Extract().run(work)
        frames = len(FrameIndex.load(work.require("frames")))
        for count in asked.workers:
            with cluster(folder, 0) as made:
                counter = Counter(int(made.address.rpartition(":")[2]))
                made.address = counter.begin()
                made.add(count)
                for kind in (Detect, Align):
                    pooled = timed(work, kind, workers=count)
                    warmed(work, kind, made.address, count)
                    before = counter.bytes
                    spread = timed(work, kind, scheduler=made.address)
                    sent = (counter.bytes - before) / frames
                    name = f"{kind.__name__.lower()}, {count} worker{'s' * (count > 1)}"
                    ratio = f"cluster {spread:.2f} s, pool {pooled:.2f} s: {spread / pooled:.2f}"
                    print(f"{name}: {ratio}; {sent:.0f} bytes a frame", flush=True)
                    if kind is Detect:
                        People().run(work)
        shutil.rmtree(work.root)


if __name__ == "__main__":
    main()

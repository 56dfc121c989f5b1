"""The stages of frames on a cluster of processes: the same bytes, whatever becomes of a worker."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from distributed import Client

from dask_for_tests import Cluster, Counter, cluster
from faceswap.crew import Crewed
from faceswap.stage import Bar, Progress
from faceswap.workspace import Workspace
from stages.align import Align
from stages.detect import Detect
from stages.extract import Extract
from stages.people import People

from .contents import contents, leftovers
from .test_stopped import begun, told, wait_for

FRAMES, WIDTH = 130, 160
#: Bytes over the network for each frame of a stage, to and from the scheduler, the greetings of
#: workers included. A frame of the film has 43,200.
MOST = 8_000


class AtFirst(Progress):
    """Does something when the first piece of work is done."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act = act
        self.acts = 0

    def bar(self, what: str, total: int, done: int = 0, unit: str = "frame") -> Bar:
        class Acting(Bar):
            def step(bar, count: int = 1, **figures: float | str) -> None:
                self.acts += 1
                if self.acts == 1:
                    self.act()

        return Acting()


def kill_one_that_works(address: str) -> bool:
    """Ends the first worker that is seen in the midst of a piece of work."""
    deadline = time.monotonic() + 60
    with Client(address, set_as_default=False) as client:
        pids = client.run(os.getpid)
        while time.monotonic() < deadline:
            for worker, keys in client.processing().items():
                if any("_done" in str(key) for key in keys):
                    os.kill(pids[worker], signal.SIGKILL)
                    return True
            time.sleep(0.01)
    return False


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.fixture(scope="module")
def found(
    tmp_path_factory: pytest.TempPathFactory, talking_clip: Path, short_clip: Callable[..., Path]
) -> Workspace:
    """A man talking, found and cut out by this process alone."""
    film = short_clip(talking_clip, FRAMES, WIDTH)
    root = tmp_path_factory.mktemp("clustered") / "work"
    work = Workspace.create(root, [film], [film]).on("target")
    stages = (Extract(), Detect(workers=1), People(), Align(size=64, workers=1))
    for stage in stages:
        stage.run(work)
    return work


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, Counter]]:
    """A cluster of two workers, one to be killed, with all that goes over its network counted."""
    with cluster(tmp_path_factory.mktemp("dask"), 0) as made:
        counter = Counter(int(made.address.rpartition(":")[2]))
        made.address = counter.begin()
        made.add(2)
        with Client(made.address) as client:
            client.wait_for_workers(2)
        yield made, counter


def copied(found: Workspace, to: Path, *without: str) -> Workspace:
    """The workspace without what is to be made again."""
    shutil.copytree(found.root, to)
    work = Workspace(to, found.side)
    for name in without:
        path = work.path(name)
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return work


def stage(kind: type[Crewed], made: Cluster, **options: int) -> Crewed:
    return kind(scheduler=made.address, **options)


def test_a_killed_worker_changes_no_byte_and_no_frame_travels(
    found: Workspace, counted: tuple[Cluster, Counter], tmp_path: Path
) -> None:
    made, counter = counted
    work = copied(found, tmp_path / "work", "faces", "crops")
    before = counter.bytes
    with ThreadPoolExecutor(1) as beside:
        killed = beside.submit(kill_one_that_works, made.address)
        stage(Detect, made).run(work)
        assert killed.result()
    detected = counter.bytes
    stage(Align, made, size=64).run(work)
    assert sum(worker.poll() is None for worker in made.workers) == 1
    assert contents(work.root) == contents(found.root)
    assert not leftovers(work.root)
    assert 500 * FRAMES < detected - before < MOST * FRAMES
    assert 500 * FRAMES < counter.bytes - detected < MOST * FRAMES


def test_what_a_stopped_run_is_still_at_is_not_seen_by_the_next(
    found: Workspace, counted: tuple[Cluster, Counter], tmp_path: Path
) -> None:
    work = copied(found, tmp_path / "work", "crops")
    with pytest.raises(KeyboardInterrupt):
        stage(Align, counted[0], size=64).run(work, AtFirst(interrupt))
    Align(size=64, workers=1).run(work)
    assert contents(work.root) == contents(found.root)
    # Those who were at work have noticed by now that nobody wants it.
    time.sleep(1)
    assert contents(work.root) == contents(found.root)
    assert not leftovers(work.root)


def test_ctrl_c_ends_the_program_and_leaves_the_workers(
    found: Workspace, counted: tuple[Cluster, Counter], tmp_path: Path
) -> None:
    made, _ = counted
    work = copied(found, tmp_path / "work", "faces", "crops")
    words = ["detect", work.root, "--side", "target", "--scheduler", made.address]
    there = [worker.poll() for worker in made.workers]
    with Client(made.address, set_as_default=False) as client:
        process = begun(words)
        wait_for(lambda: any(client.processing().values()), process)
        done = told(process, signal.SIGINT)
    assert done.code == 130 and "run the same command to go on" in done.said
    assert not work.path("faces").exists()
    assert [worker.poll() for worker in made.workers] == there
    again = begun(words)
    _, said = again.communicate(timeout=120)
    assert again.returncode == 0, said
    assert work.path("faces").read_bytes() == found.path("faces").read_bytes()

"""The same function over many items: in this process, in several, or on a cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from typing import TypeVar

from faceswap import clock
from faceswap.crew import Crew
from faceswap.environment import FOR_LIBRARIES
from faceswap.errors import FaceswapError

T = TypeVar("T")
R = TypeVar("R")

#: Read by the numeric libraries when a worker imports them: one thread each, a worker a core.
_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
)


def over(
    function: Callable[[T], R], items: Iterable[T], crew: Crew, alone: bool = False
) -> Iterator[R]:
    """What `function` makes of each item, in the items' order, whoever does it.

    An error in a worker is raised here. No more than two items a worker are under way, so
    results that nobody fetches do not pile up.

    Args:
        function: Picklable, with picklable results, if more than one worker is asked for.
        items: What to work on; taken as it is needed.
        crew: Who does it.
        alone: In this process, unless a cluster does it, as what holds a GPU is.
    """
    if crew.scheduler:
        from faceswap import cluster

        yield from cluster.over(function, items, crew)
        return
    rest = iter(items)
    first = list(islice(rest, 2))
    # More than there are cores gain nothing, and each takes 300 MB.
    workers = min(crew.workers or cores(), 2 * cores())
    if alone or workers <= 1 or len(first) < 2:
        yield from map(function, chain(first, rest))
        return
    # Spawned, not forked: threads of TensorFlow or FFmpeg do not survive a fork.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_start) as pool:
        waiting: deque[Future[tuple[R, dict[str, float]]]] = deque()

        def submit(item: T) -> Future[tuple[R, dict[str, float]]]:
            return pool.submit(clock.counted, function, item)

        rest = chain(first, rest)
        try:
            with _deaf():
                waiting.extend(submit(item) for item in islice(rest, 1))
            for item in islice(rest, 2 * workers - 1):
                waiting.append(submit(item))
            while waiting:
                result, spent = waiting.popleft().result()
                clock.add(spent)
                waiting.extend(submit(item) for item in islice(rest, 1))
                yield result
        except BrokenProcessPool:
            raise FaceswapError(
                "a worker process was killed, often for want of memory: what was done is kept; "
                "run again with fewer --workers"
            ) from None
        except BaseException:
            # Nobody wants what they are at, and the end of it is not waited for.
            for worker in multiprocessing.active_children():
                worker.kill()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes begun in the block do not hear Ctrl-C, nor that the terminal was closed.

    Both reach the whole group, from a worker's first moment on; the parent alone decides what to
    do about them, and hears of them after the block.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start() -> None:
    threading.Thread(target=_follow, daemon=True).start()
    ready()


def ready() -> None:
    """Make this process a worker: its libraries have one thread each, and say nothing."""
    for name, value in FOR_LIBRARIES.items():
        os.environ.setdefault(name, value)
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    import cv2

    cv2.setNumThreads(1)


def _follow() -> None:
    """Ends this worker when its parent is gone: its work would get into the way of the next run."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGKILL)

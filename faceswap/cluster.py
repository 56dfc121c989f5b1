"""The same function over many items, on the machines of a Dask cluster.

What goes over the network is the function once a worker, the items and the results: paths, ranges
and numbers. Frames are read, and pictures written, in the folder that all machines share.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
from asyncio import CancelledError
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Generic, TypeVar

from distributed import Client, KilledWorker, wait

from faceswap import clock, pool
from faceswap.crew import Crew
from faceswap.errors import FaceswapError
from faceswap.storage import durable
from faceswap.versions import built

T = TypeVar("T")
R = TypeVar("R")

#: Seconds until a scheduler has to answer, and until a cluster without a worker has to have one:
#: a nanny begins a new one within a few.
ANSWER, PATIENCE = 10.0, 15.0
#: Seconds between looks at whether there still are workers, and for the good-bye.
_LOOK, _BYE = 1.0, 1.0
#: Name of the file by which a worker knows the folder.
_TOKEN = "cluster-"
_KEPT = "what was done is kept"


@dataclass(frozen=True)
class _Item(Generic[T]):
    """One that Dask does not look into."""

    value: T


@dataclass(frozen=True)
class _Order(Generic[T, R]):
    """What all pieces of work have in common; goes to each worker once.

    Attributes:
        function: What is to be done.
        token: A file of the shared folder that is there as long as the results are wanted.
        cwd: The folder that paths start from.
        built: What a worker has to be made of.
    """

    function: Callable[[T], R]
    token: Path
    cwd: str
    built: dict[str, str]

    def __call__(self, item: _Item[T]) -> tuple[R, dict[str, float]]:
        """The result for an item, and the seconds it took by part; runs in a worker."""
        from distributed import get_worker

        worker = get_worker()
        _refuse(worker.address, _look(self, worker), self)
        pool.ready()
        return clock.counted(self.function, item.value)


@dataclass(frozen=True)
class _Looks:
    """What a worker is and sees."""

    built: dict[str, str]
    threads: int
    token: bool


def over(function: Callable[[T], R], items: Iterable[T], crew: Crew) -> Iterator[R]:
    """As `pool.over`, on the workers of the cluster; those that come later take part.

    A range whose worker dies is done again by another.

    Raises:
        FaceswapError: Where the cluster does not answer or has no worker left, or where a worker
            has other code, or does not see the folder.
    """
    rest = iter(items)
    first = list(islice(rest, 1))
    if not first:
        return
    rest = chain(first, rest)
    with _token(crew.shared) as token, _client(crew.scheduler) as client:
        order = _Order(function, token, os.getcwd(), built())
        _meet(client, order)
        # Kept by the scheduler, which gives it to whoever has it not yet.
        sent = client.submit(_Item, order, pure=False)
        waiting: deque[Any] = deque()
        while True:
            with _answering(crew.scheduler):
                room = 2 * len(client.nthreads()) - len(waiting)
            for item in islice(rest, max(room, 0 if waiting else 1)):
                waiting.append(client.submit(_done, sent, _Item(item), pure=False))
            if not waiting:
                return
            with _answering(crew.scheduler):
                _wait(client, waiting[0])
            result, spent = _result(waiting.popleft())
            clock.add(spent)
            yield result


def _done(order: _Item[_Order[T, R]], item: _Item[T]) -> tuple[R, dict[str, float]]:
    return order.value(item)


@contextmanager
def _client(scheduler: str) -> Iterator[Client]:
    """The connection to a scheduler, which forgets what is not done when it ends."""
    # Each error reaches the terminal once, as ours.
    logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
    try:
        client = Client(scheduler, timeout=ANSWER)
    except (OSError, ValueError, TypeError) as error:
        raise FaceswapError(
            f"no Dask scheduler answers at {scheduler} ({error or type(error).__name__}): "
            "start one with `dask scheduler`, or leave --scheduler out"
        ) from error
    try:
        yield client
    finally:
        with suppress(OSError, TimeoutError):
            client.close(timeout=_BYE)


@contextmanager
def _token(folder: Path) -> Iterator[Path]:
    """A file of a new name in the folder, for the block."""
    for old in folder.glob(f"{_TOKEN}*"):
        old.unlink(missing_ok=True)
    # A new one each time: a file server's client may remember for a while what is not there.
    path = folder / f"{_TOKEN}{secrets.token_hex(8)}"
    durable.write(path, b"")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _meet(client: Client, order: _Order[Any, Any]) -> None:
    """Refuses a cluster without workers, or with one that would give other results."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        raise FaceswapError(_nobody(client)) from None
    found = client.run(_look, order, on_error="return")
    for address, looks in found.items():
        _refuse(address, looks, order)


def _look(order: _Order[Any, Any], dask_worker: Any) -> _Looks:
    """What this worker is and sees; paths start where they do for the one who asks."""
    with suppress(OSError):
        os.chdir(order.cwd)
    return _Looks(built(), dask_worker.state.nthreads, os.access(order.token, os.W_OK))


def _refuse(address: str, looks: _Looks | BaseException, order: _Order[Any, Any]) -> None:
    if isinstance(looks, BaseException):
        raise FaceswapError(
            f"the worker {address} cannot run faceswap ({looks}): install the same version there"
        ) from looks
    for name, version in order.built.items():
        there = looks.built.get(name, "none")
        if there != version:
            raise FaceswapError(
                f"the worker {address} has {name} {there}, and this machine {version}: "
                "install the same on both"
            )
    if looks.threads != 1:
        raise FaceswapError(
            f"the worker {address} has {looks.threads} threads, and libraries want one: "
            "start it with --nthreads 1, and --nworkers for more"
        )
    if not looks.token:
        folder = Path(order.cwd, order.token).parent
        raise FaceswapError(
            f"the worker {address} cannot write to {folder}: "
            "it has to be a folder that all machines share, at the same path on each"
        )


@contextmanager
def _answering(scheduler: str) -> Iterator[None]:
    """What Dask raises in the block when the scheduler is gone, as an error of ours."""
    try:
        yield
    except (CancelledError, OSError):
        raise FaceswapError(
            f"the scheduler {scheduler} is gone: {_KEPT}; start it, run again"
        ) from None


def _result(future: Any) -> Any:
    """The result of a future that is done; raises the worker's error."""
    try:
        return future.result()
    except KilledWorker:
        raise FaceswapError(
            f"several workers died at the same piece of work, often for want of memory: {_KEPT}; "
            "run again with fewer workers on a machine"
        ) from None


def _wait(client: Any, future: Any) -> None:
    """Until the future is done; raises when there have been no workers for a while."""
    seen = time.monotonic()
    while True:
        with suppress(TimeoutError):
            wait(future, timeout=_LOOK)
            return
        if client.nthreads():
            seen = time.monotonic()
        elif time.monotonic() - seen > PATIENCE:
            raise FaceswapError(_nobody(client))


def _nobody(client: Client) -> str:
    return (
        f"the cluster at {client.scheduler.address} has no workers: {_KEPT}; "
        "start some with `dask worker`, run again"
    )

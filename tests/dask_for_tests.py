"""A Dask cluster of processes on this machine, and what its workers are asked to do."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from faceswap.errors import FaceswapError

ROOT = Path(__file__).parents[1]


@dataclass
class Cluster:
    """A scheduler and its workers, each a process of its own."""

    folder: Path
    address: str = ""
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def begin(self) -> None:
        port = _free_port()
        self.address = f"tcp://127.0.0.1:{port}"
        words = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
        self.scheduler = self._started("scheduler", *words)
        _wait_for_port(port)

    def add(self, count: int = 1, scheduler: str = "", threads: int = 1) -> None:
        """So many more workers, which need not be there yet."""
        words = ["--nthreads", str(threads), "--no-nanny", "--no-dashboard", "--memory-limit", "0"]
        words += ["--host", "127.0.0.1", "--local-directory", str(self.folder)]
        for _ in range(count):
            begun = self._started("worker", scheduler or self.address, *words)
            self.workers.append(begun)

    def end(self) -> None:
        for process in filter(None, (*self.workers, self.scheduler)):
            process.kill()
            process.wait()
        self.workers.clear()

    def _started(self, what: str, *words: str) -> subprocess.Popen[bytes]:
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        with (self.folder / f"{what}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{what}", *words],
                env=os.environ | {"PYTHONPATH": path},
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    """A cluster for the block."""
    made = Cluster(folder)
    try:
        made.begin()
        made.add(workers)
        yield made
    finally:
        made.end()


@dataclass
class Counter:
    """Stands before a scheduler and counts what goes through it, in both directions.

    Clients and workers send results, and what is to be done, through the scheduler alone.
    """

    to: int
    bytes: int = 0

    def begin(self) -> str:
        """Its address, to be used in place of the scheduler's."""
        listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._listen, args=(listener,), daemon=True).start()
        return f"tcp://127.0.0.1:{listener.getsockname()[1]}"

    def _listen(self, listener: socket.socket) -> None:
        while True:
            one, _ = listener.accept()
            other = socket.create_connection(("127.0.0.1", self.to))
            for pair in ((one, other), (other, one)):
                threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with one, other:
            with suppress(OSError):
                while data := one.recv(1 << 16):
                    self.bytes += len(data)
                    other.sendall(data)
            # Closing alone would not end what another thread waits for; and a killed process often
            # resets its connection, which has to reach the other end as its closing does.
            for end in (one, other):
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class Doubles:
    """Doubles; early items take longer, so that workers overtake each other."""

    bad: int = -1
    wrong: int = -1

    def __call__(self, number: int) -> int:
        if number == self.bad:
            raise FaceswapError(f"item {number} is bad")
        if number == self.wrong:
            raise ZeroDivisionError(f"item {number} is wrong")
        time.sleep(0.01 * max(0, 10 - number))
        return 2 * number


@dataclass(frozen=True)
class Where:
    """Tells where it runs."""

    def __call__(self, number: int) -> tuple[int, int, str | None]:
        import cv2

        time.sleep(0.05)
        return os.getpid(), cv2.getNumThreads(), os.environ.get("OMP_NUM_THREADS")


@dataclass(frozen=True)
class Dies:
    """Kills its worker in the midst of an item, once or each time."""

    marks: Path
    at: int
    always: bool = False

    def __call__(self, number: int) -> int:
        mark = self.marks / f"{number}"
        if number == self.at and (self.always or not mark.exists()):
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return 2 * number


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens at port {port}")

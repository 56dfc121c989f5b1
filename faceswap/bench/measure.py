"""Measuring a command from outside: seconds, processor time, and memory with all its workers."""

from __future__ import annotations

import json
import multiprocessing
import resource
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, TypeVar

import psutil

from faceswap.errors import FaceswapError

T = TypeVar("T")

#: Seconds between two looks at the memory.
_EVERY = 0.1


@dataclass(frozen=True)
class Measured:
    """What a command took.

    Attributes:
        seconds: From its start to its end.
        processor: Seconds of all cores, of the command and of its workers.
        peak: Bytes of it and its workers at once; what they share counts once.
        said: The last JSON object it wrote.
    """

    seconds: float
    processor: float
    peak: int
    said: dict[str, Any] = field(default_factory=dict)


def command(words: Sequence[str]) -> Measured:
    """Runs a command to its end.

    Raises:
        FaceswapError: Where it fails, with its own last words.
    """
    before, begun = _processor(), perf_counter()
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        watch = _Watch(process.pid)
        watch.start()
        try:
            out, err = process.communicate()
        except BaseException:
            process.terminate()
            raise
        finally:
            watch.over.set()
    seconds = perf_counter() - begun
    if process.returncode:
        last = (err.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        raise FaceswapError(f"`{' '.join(words[2:])}` ended with {process.returncode}: {last}")
    lines = [line for line in out.decode().splitlines() if line.startswith("{")]
    said = json.loads(lines[-1]) if lines else {}
    return Measured(seconds, _processor() - before, watch.peak, said)


def alone(function: Callable[..., T], *args: Any) -> T:
    """What a function gives, in a process of its own: with fresh memory, and gone afterwards."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as process:
        return process.submit(function, *args).result()


def _processor() -> float:
    """Seconds of processor that all ended children took, and theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Watch(threading.Thread):
    """Looks at the memory of a process and of its children until it is told that it is over."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.root = psutil.Process(pid)
        self.over = threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self.over.wait(_EVERY):
            self.peak = max(self.peak, self._now())

    def _now(self) -> int:
        total = 0
        try:
            for process in [self.root, *self.root.children(recursive=True)]:
                total += _own(process)
        except psutil.Error:
            # One of them has just ended.
            return 0
        return total


def _own(process: psutil.Process) -> int:
    """A process's share of the memory."""
    full = process.memory_full_info()
    return int(getattr(full, "pss", full.uss))

"""Clock: what the seconds of a piece of work go into, by part."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

#: The parts a frame's time is told in, in the order in which a frame meets them.
PARTS = (
    "decode",
    "detect",
    "landmarks",
    "descriptor",
    "warp",
    "waiting",
    "network",
    "blend",
    "encode",
)


class Clock:
    """Seconds by part, of all threads of a process; those of workers are added by `pool`.

    A part inside another counts for itself alone, so that no second is counted twice in a thread.
    What a library does in threads of its own counts by the time somebody waits for it.
    """

    def __init__(self) -> None:
        """Starts at nothing."""
        self._spent: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._inner = threading.local()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """What is done in the block counts for one of `PARTS`."""
        outside = getattr(self._inner, "seconds", 0.0)
        self._inner.seconds = 0.0
        begun = perf_counter()
        try:
            yield
        finally:
            whole = perf_counter() - begun
            self.add({name: whole - self._inner.seconds})
            self._inner.seconds = outside + whole

    def each(self, name: str, items: Iterable[T]) -> Iterator[T]:
        """The items; what it takes to make them counts for one of `PARTS`."""
        source = iter(items)
        while True:
            with self.part(name):
                try:
                    item = next(source)
                except StopIteration:
                    return
            yield item

    def add(self, spent: Mapping[str, float]) -> None:
        """Seconds that were counted elsewhere."""
        with self._lock:
            self._spent.update(spent)

    def take(self) -> dict[str, float]:
        """All that was counted, which starts at nothing again."""
        with self._lock:
            spent, self._spent = self._spent, Counter()
        return {name: spent[name] for name in PARTS if spent[name]}


#: The process's own.
_clock = Clock()
part, each, add, take = _clock.part, _clock.each, _clock.add, _clock.take


def counted(function: Callable[[T], R], item: T) -> tuple[R, dict[str, float]]:
    """What a function makes of an item, in a worker, and the seconds that it counted meanwhile."""
    return function(item), take()

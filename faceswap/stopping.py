"""How a process that is told to stop ends: in good order if it can, and soon in any case."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

#: Ctrl-C, a polite kill, a terminal that was closed.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Seconds from the first signal to the end of a process that has not ended by itself.
GRACE = 1.6


class Stop:
    """When the process was told to stop, if it was."""

    def __init__(self) -> None:
        self.since: float | None = None

    def left(self) -> float:
        """Seconds until the process is ended; `GRACE` where nothing told it to stop yet."""
        return GRACE if self.since is None else self.since + GRACE - time.monotonic()

    def now(self, number: int, frame: FrameType | None) -> None:
        """Raise `KeyboardInterrupt` for the first signal; further ones do no harm."""
        if self.since is None:
            self.since = time.monotonic()
            raise KeyboardInterrupt


stop = Stop()


@contextmanager
def stoppable(said: str, end: Callable[[int], object], code: int) -> Iterator[None]:
    """Signals to stop raise `KeyboardInterrupt` once, in the main thread, in the block.

    What is on the disk can be gone on from at any moment. So a process that is deep in a
    library, or is writing a gigabyte, need not be waited for.

    Args:
        said: Told on stderr when the process has not ended by itself.
        end: Ends the process at once; called with `code` then, `GRACE` seconds after the first
            signal, in another thread.
        code: The exit code.
    """
    stop.since = None
    # Those that are ignored stay so: `nohup`, and what a shell runs in the background.
    heeded = [one for one in SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
    before = {one: signal.signal(one, stop.now) for one in heeded}
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    # The pipe is written to at once, by the signal itself: the handler has to wait for the end of
    # what a library does in the main thread.
    woken = signal.set_wakeup_fd(theirs, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(ours, said, end, code), daemon=True).start()
    try:
        yield
    finally:
        if stop.since is None:
            signal.set_wakeup_fd(woken)
            os.close(theirs)
        for one, handler in before.items():
            # What ends already is told nothing more: the interpreter, as it ends, gives back the
            # system's own handlers, and a second Ctrl-C would cut that short.
            signal.signal(one, handler if stop.since is None else signal.SIG_IGN)


def _watch(handle: int, said: str, end: Callable[[int], object], code: int) -> None:
    while told := os.read(handle, 1):
        if told[0] in SIGNALS:
            time.sleep(GRACE)
            with suppress(OSError):
                os.write(2, f"{said}\n".encode())
            end(code)
    os.close(handle)

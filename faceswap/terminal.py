"""Progress as a person at a terminal wants it, or as lines of JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from faceswap.stage import Bar, Progress

Say = Callable[[str], None]


class Terminal(Progress):
    """Results a line each to `out`; warnings and details to `err`; bars where somebody looks.

    Args:
        out: Takes a line of result.
        err: Takes a line for people.
        bars: Whether to draw bars on stderr.
        as_json: Results as one JSON object a line.
        quiet: No results, warnings only.
        verbose: Details too.
    """

    def __init__(
        self, out: Say, err: Say, bars: bool, as_json: bool, quiet: bool, verbose: bool
    ) -> None:
        self.out, self.err, self.bars = out, err, bars
        self.as_json, self.quiet, self.verbose = as_json, quiet, verbose

    def bar(self, what: str, total: int, done: int = 0, unit: str = "frame") -> Bar:
        """A bar with the time left, by tqdm."""
        return _Tqdm(what, total, done, unit) if self.bars and not self.quiet else Bar()

    def note(self, text: str, record: Mapping[str, Any] | None = None) -> None:
        """A line of result."""
        self.line(text, dict(record) if record else {"note": text})

    def warn(self, text: str) -> None:
        """Shown even to the quiet."""
        self.err(f"warning: {text}")

    def detail(self, text: str) -> None:
        """Shown to those who asked for more."""
        if self.verbose:
            self.err(text)

    def line(self, text: str, record: dict[str, Any]) -> None:
        """One result: `text` for people, `record` for programs."""
        if self.as_json:
            self.out(json.dumps(record))
        elif not self.quiet:
            self.out(text)


class _Tqdm(Bar):
    def __init__(self, what: str, total: int, done: int, unit: str) -> None:
        from tqdm import tqdm

        self.bar = tqdm(desc=what, total=total or None, initial=done, unit=unit, leave=False)

    def step(self, count: int = 1, **figures: float | str) -> None:
        if figures:
            self.bar.set_postfix(figures, refresh=False)
        self.bar.update(count)

    def __exit__(self, *error: object) -> None:
        self.bar.close()

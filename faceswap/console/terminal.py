"""Progress as a person at a terminal wants it, or as lines of JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from faceswap.stage import Bar, Progress

Say = Callable[[str], None]

#: Letters of a line that are shown.
LONGEST = 2000
_NOWHERE: Mapping[str, str] = {}


class Terminal(Progress):
    """Results a line each to `out`; warnings and details to `err`; bars where somebody looks.

    Args:
        out: Takes a line of result.
        err: Takes a line for people.
        bars: Whether to draw bars on stderr.
        as_json: Results as one JSON object a line.
        quiet: No results, warnings only.
        verbose: Details too.
        environ: Says whether the terminal can show pictures.
    """

    def __init__(
        self,
        out: Say,
        err: Say,
        bars: bool,
        as_json: bool,
        quiet: bool,
        verbose: bool,
        environ: Mapping[str, str] = _NOWHERE,
    ) -> None:
        self.out, self.err, self.bars, self.environ = out, err, bars, environ
        self.as_json, self.quiet, self.verbose = as_json, quiet, verbose

    def bar(self, what: str, total: int, done: int = 0, unit: str = "frame") -> Bar:
        """A bar with the time left, by tqdm."""
        return _Tqdm(what, total, done, unit) if self.bars and not self.quiet else Bar()

    def note(self, text: str, record: Mapping[str, Any] | None = None) -> None:
        """A line of result."""
        self.line(text, dict(record) if record else {"note": text})

    def warn(self, text: str) -> None:
        """Shown even to the quiet."""
        self.err(printable(f"warning: {text}"))

    def detail(self, text: str) -> None:
        """Shown to those who asked for more."""
        if self.verbose:
            self.err(printable(text))

    def picture(self, draw: Callable[[], Any]) -> None:
        """Above the bars of a terminal that can show it."""
        if not self.bars or self.quiet:
            return
        from faceswap.console.terminal_pictures import protocol, sequence

        how = protocol(self.environ)
        if how:
            from tqdm import tqdm

            shown = sequence(how, draw())
            with tqdm.external_write_mode():
                self.err(shown)

    def line(self, text: str, record: dict[str, Any], below: Sequence[str] = ()) -> None:
        """One result: `text`, and lines `below` it, for people, `record` for programs."""
        if self.as_json:
            self.out(json.dumps(record))
        elif not self.quiet:
            for one in (text, *below):
                self.out(printable(one))

    def lines(self, lines: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Results, each as `line` tells it."""
        for text, record in lines:
            self.line(text, record)


def printable(text: str) -> str:
    r"""The text as one line that a terminal shows and does not obey.

    File names and documents of strangers may hold line breaks, and sequences that move the cursor,
    set the title or write onto the clipboard.

    Example:
        >>> printable("a\x1b[2Jb")
        'a\\x1b[2Jb'
    """
    shown = text if len(text) <= LONGEST else text[:LONGEST] + "..."
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in shown
    )


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

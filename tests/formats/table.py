"""The table in docs/formats.md: a row for each case of the matrix."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"
BEGIN, END = "<!-- Made by `make formats`. -->", "<!-- End of what is made. -->"
HEAD = ("film", "given", "output", "frames", "times", "outside of faces", "other packets")


class Table:
    """Rows by the names of their cases, in the order of the cases."""

    def __init__(self) -> None:
        """No rows yet."""
        self.rows: dict[str, tuple[str, ...]] = {}

    def add(self, name: str, *cells: str) -> None:
        """A row, or a better one."""
        assert len(cells) == len(HEAD) - 1
        self.rows[name] = cells

    def write(self) -> None:
        """Puts the rows into the page."""
        text = PAGE.read_text(encoding="utf-8")
        begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
        lines = [HEAD, ("---",) * len(HEAD), *((n, *cells) for n, cells in self.rows.items())]
        body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        PAGE.write_text(f"{text[:begin]}\n\n{body}\n\n{text[end:]}", encoding="utf-8")


def names() -> list[str]:
    """The names of the rows in the page."""
    text = PAGE.read_text(encoding="utf-8")
    body = text[text.index(BEGIN) : text.index(END)]
    return re.findall(r"^\| (.+?) \|", body, re.MULTILINE)[2:]

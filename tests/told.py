"""Progress that remembers what it was told."""

from __future__ import annotations

from faceswap.stage import Progress


class Told(Progress):
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.details: list[str] = []

    def note(self, text: str, record: object = None) -> None:
        self.lines.append(text)

    def warn(self, text: str) -> None:
        self.lines.append(text)

    def detail(self, text: str) -> None:
        self.details.append(text)

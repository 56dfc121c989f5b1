"""A file of JSON lines that grows range by range, and from which work goes on after a kill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from faceswap import durable
from faceswap.errors import Damaged

T = TypeVar("T", bound=msgspec.Struct)
Range = tuple[int, int]


class Journal(Generic[T]):
    """Records of one kind in a file, one a line; line number i belongs to item i.

    Args:
        path: The file; need not exist.
        kind: Struct of a record.
    """

    def __init__(self, path: Path, kind: type[T]) -> None:
        self.path = path
        self.kind = kind

    def left(self, ranges: Sequence[Range]) -> list[Range]:
        """The ranges still to be done; what is in the file of unfinished ones is cut off."""
        whole, size = self._whole({stop for _, stop in ranges})
        if self.path.exists():
            with self.path.open("rb+") as file:
                file.truncate(size)
        return [r for r in ranges if r[1] > whole]

    def append(self, records: Iterable[T]) -> None:
        """Add a range's records, and bring them to the disk."""
        text = b"".join(msgspec.json.encode(record) + b"\n" for record in records)
        durable.append(self.path, text)

    def __iter__(self) -> Iterator[T]:
        """The records, one by one; raises `Damaged` at a line that is none."""
        decoder = msgspec.json.Decoder(self.kind)
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    yield decoder.decode(line)
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    raise Damaged(
                        f"{self.path}, line {number}: {error}; delete the file and run its stage"
                    ) from None

    def _whole(self, stops: set[int]) -> tuple[int, int]:
        whole, size, position = 0, 0, 0
        if not self.path.exists():
            return whole, size
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                position += len(line)
                if not line.endswith(b"\n") or not self._reads(line):
                    break
                if number in stops:
                    whole, size = number, position
        return whole, size

    def _reads(self, line: bytes) -> bool:
        try:
            msgspec.json.decode(line, type=self.kind)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return False
        return True


def done_before(left: Sequence[Range], total: int) -> int:
    """How many of `total` items are done when these ranges, the last ones, are left."""
    return left[0][0] if left else total

"""A file of JSON lines that grows range by range, and from which work goes on after a kill."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

import msgspec

from faceswap.errors import Damaged
from faceswap.storage import durable, limits
from faceswap.storage.untrusted import decode_json, open_file, said

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
        self._cut(size)
        return [r for r in ranges if r[1] > whole]

    def mend(self) -> None:
        """Cut off a line that a kill left half written; what is before it stays."""
        self._cut(self._whole(None)[1])

    def append(self, records: Iterable[T]) -> None:
        """Add a range's records, and bring them to the disk."""
        text = b"".join(msgspec.json.encode(record) + b"\n" for record in records)
        durable.append(self.path, text)

    def __iter__(self) -> Iterator[T]:
        """The records, one by one; raises `Damaged` at a line that is none."""
        with self._open() as file:
            for number, line in enumerate(_lines(file), start=1):
                try:
                    yield decode_json(line, self.kind)
                except ValueError as error:
                    raise Damaged(
                        f"{self.path}, line {number}: {error}; delete the file and run its stage"
                    ) from None

    def _cut(self, size: int) -> None:
        if self.path.exists() and self.path.stat().st_size != size:
            with self.path.open("rb+") as file:
                file.truncate(size)
            durable.sync(self.path)

    def _whole(self, stops: set[int] | None) -> tuple[int, int]:
        """Lines and bytes up to the last whole line; up to the last of those in `stops`."""
        whole, size, position = 0, 0, 0
        if not self.path.exists():
            return whole, size
        with self._open() as file:
            for number, line in enumerate(_lines(file), start=1):
                position += len(line)
                if not line.endswith(b"\n") or not self._reads(line):
                    break
                if stops is None or number in stops:
                    whole, size = number, position
        return whole, size

    def _open(self) -> BinaryIO:
        try:
            return open_file(self.path)
        except OSError as error:
            raise Damaged(f"{self.path} cannot be read ({said(error)}): run its stage") from None

    def _reads(self, line: bytes) -> bool:
        try:
            decode_json(line, self.kind)
        except ValueError:
            return False
        return True


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; of one that is too long, so much that it is none."""
    return iter(lambda: file.readline(limits.LINE_BYTES), b"")


def done_before(left: Sequence[Range], total: int) -> int:
    """How many of `total` items are done when these ranges, the last ones, are left."""
    return left[0][0] if left else total

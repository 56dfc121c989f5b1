"""Numbers as people write them: ``1, 3-5``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from faceswap.errors import BadOption
from faceswap.storage import limits

Span = tuple[int, int]


def parse(text: str, what: str) -> list[Span]:
    """The first and the last number of each span of a text like ``120-140, 150``.

    Args:
        text: Numbers and ranges with commas or spaces between; empty for none.
        what: What they are, for the error.

    Raises:
        BadOption: If it is anything else.

    Example:
        >>> parse("120-140, 150", "frames")
        [(120, 140), (150, 150)]
    """
    found: list[Span] = []
    for piece in re.sub(r"\s*-\s*", "-", text).replace(",", " ").split():
        match = re.fullmatch(r"([0-9]{1,7})(?:-([0-9]{1,7}))?", piece)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last:
            raise BadOption(f"{what}: expected numbers like 120-140,150, found `{piece}`")
        found.append((first, last))
        if len(found) > limits.SPANS:
            raise BadOption(f"{what}: at most {limits.SPANS} spans are read")
    return found


def numbers(text: str, what: str) -> Iterator[int]:
    """All numbers that a text names; raises `BadOption` as `parse` does."""
    spans = parse(text, what)
    if sum(last - first + 1 for first, last in spans) > limits.FRAMES:
        raise BadOption(f"{what}: at most {limits.FRAMES} numbers are read")
    for first, last in spans:
        yield from range(first, last + 1)


def inside(number: int, spans: Iterable[Span]) -> bool:
    """Whether the number lies in one of the spans."""
    return any(first <= number <= last for first, last in spans)


def text(numbers: Iterable[int]) -> str:
    """The numbers, in order, in as few words as can be.

    Example:
        >>> text([5, 1, 3, 4])
        '1, 3-5'
    """
    ordered = sorted(set(numbers))
    breaks = [n for n, (a, b) in enumerate(pairwise(ordered), start=1) if b != a + 1]
    begins, ends = [0, *breaks], [*breaks, len(ordered)]
    runs = [ordered[b:e] for b, e in zip(begins, ends, strict=True) if b < e]
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs)

"""Ways to spoil a file: each a number, so that hypothesis, a seed or a fuzzer can choose them."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

#: What to do, where (a share of the file), and with what.
Op = tuple[int, float, int]

#: Values that a careful reader does not expect.
NASTY: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1,
    255,
    2**31,
    2**63 - 1,
    2**63,
    2**64,
    -(2**63),
    10**30,
    int("9" * 4000),
    0.0,
    -0.0,
    1e-320,
    1e308,
    -1e308,
    float("nan"),
    float("inf"),
    "",
    "\0",
    "../../outside",
    "/etc/passwd",
    "a\n\x1b[2Jb",
    "%d%s%n{}",
    "x" * 5000,
    [],
    {},
    [[[[]]]],
    "os",
    "9" * 400,
)
_NUMBERS = (b"\0" * 4, b"\xff" * 4, b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x80\0\0\0", b"\0")
_PIECES = (b"[" * 3000, b"{" * 50, b'"', b"\\", b"\0", b"\xff\xfe", b"\n", b'{"a":' * 1500, b"e999")


def ops(rng: random.Random, most: int = 4) -> list[Op]:
    """Some ways to spoil a file."""
    return [
        (rng.randrange(KINDS), rng.random(), rng.randrange(1 << 16))
        for _ in range(rng.randint(1, most))
    ]


def exchanges(rng: random.Random, most: int = 6) -> list[Op]:
    """Some values of a JSON document put in the place of others: a form that is valid, but lies."""
    return [(KINDS - 1, rng.random(), rng.randrange(1 << 16)) for _ in range(rng.randint(1, most))]


def spoiled(data: bytes, chosen: Sequence[Op]) -> bytes:
    """The file after all that was chosen was done to it."""
    for kind, where, what in chosen:
        data = _HOW[kind % KINDS](data, where, what)
    return data


def _place(data: bytes, where: float) -> int:
    return min(int(where * len(data)), max(len(data) - 1, 0))


def _flip(data: bytes, where: float, what: int) -> bytes:
    at = _place(data, where)
    return data[:at] + bytes([data[at] ^ (1 << what % 8)]) + data[at + 1 :] if data else data


def _byte(data: bytes, where: float, what: int) -> bytes:
    at = _place(data, where)
    return data[:at] + bytes([what % 256]) + data[at + 1 :]


def _number(data: bytes, where: float, what: int) -> bytes:
    at, new = _place(data, where), _NUMBERS[what % len(_NUMBERS)]
    return data[:at] + new + data[at + len(new) :]


def _early(data: bytes, where: float, what: int) -> bytes:
    """Headers are where lengths and sizes stand."""
    return _number(data, where * min(1.0, 200 / max(len(data), 1)), what)


def _insert(data: bytes, where: float, what: int) -> bytes:
    at = _place(data, where)
    return data[:at] + _PIECES[what % len(_PIECES)] + data[at:]


def _cut(data: bytes, where: float, what: int) -> bytes:
    return data[: _place(data, where)]


def _remove(data: bytes, where: float, what: int) -> bytes:
    at = _place(data, where)
    return data[:at] + data[at + 1 + what % 64 :]


def _repeat(data: bytes, where: float, what: int) -> bytes:
    at = _place(data, where)
    return data[: at + 1 + what % 256] + data[at:]


def _value(data: bytes, where: float, what: int) -> bytes:
    """Another value at a place of a JSON document, or of a line of such."""
    lines = data.split(b"\n")
    at = min(int(where * len(lines)), len(lines) - 1)
    try:
        document = json.loads(lines[at])
    except (ValueError, RecursionError):
        return _flip(data, where, what)
    places = _places(document)
    owner, key = places[int(where * 7919 * len(places)) % len(places)]
    new = deepcopy(NASTY[what % len(NASTY)])
    if owner is None:
        document = new
    elif what % 11 == 10 and isinstance(owner, dict):
        owner[f"{key}x"] = owner.pop(key)
    elif what % 13 == 12:
        del owner[key]
    else:
        owner[key] = new
    lines[at] = json.dumps(document).encode()
    return b"\n".join(lines)


def _moved(data: bytes, where: float, what: int) -> bytes:
    """A value of a JSON document in the place of another: of the right form, and wrong."""
    lines = data.split(b"\n")
    at = min(int(where * len(lines)), len(lines) - 1)
    try:
        document = json.loads(lines[at])
    except (ValueError, RecursionError):
        return _remove(data, where, what)
    places = _places(document)[1:]
    owner, key = places[int(where * 7919 * len(places)) % len(places)] if places else (None, None)
    same = [(o, k) for o, k in places if type(o[k]) is type(owner[key])] if owner else []
    if not same:
        return _value(data, where, what)
    other, there = same[what % len(same)]
    new = deepcopy(other[there])
    if isinstance(new, int | float) and not isinstance(new, bool):
        new = type(new)(new * (1, -1, 3, 100)[what % 4])
    owner[key] = new
    lines[at] = json.dumps(document).encode()
    return b"\n".join(lines)


def _places(document: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = [(None, None)]
    waiting = [document]
    while waiting:
        one = waiting.pop()
        keys: Any = list(one) if isinstance(one, dict) else ()
        keys = range(len(one)) if isinstance(one, list) else keys
        for key in keys:
            found.append((one, key))
            if isinstance(one[key], dict | list):
                waiting.append(one[key])
    return found


_HOW = (
    _flip,
    _byte,
    _number,
    _early,
    _insert,
    _cut,
    _remove,
    _repeat,
    _value,
    _value,
    _moved,
    _moved,
)
KINDS = len(_HOW)

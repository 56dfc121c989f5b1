"""Content Credentials that are the same, byte for byte, whenever the same file is signed.

The library salts each assertion with random bytes, so that a redacted one cannot be guessed. A job
that was killed and resumed must give the same film as one that was not; so here the salts are
taken from what is signed, the hashes that depend on them are set anew, and it is signed once more.
All replaced pieces keep their lengths, and none lies where the credentials' hash of the film looks.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

_HEADER = 8
#: Bytes of a description box before its label: its own header, a type, its toggles (JUMBF, A.3).
_LABEL = 8 + 16 + 1
_SALT = b"c2sh"


class Box(NamedTuple):
    """A box of JUMBF (ISO 19566-5): where it begins and ends, and its type."""

    begin: int
    end: int
    kind: bytes


class Signed(NamedTuple):
    """What went through the signer: the bytes that were signed, and their signature."""

    data: bytes
    signature: bytes


def settle(path: Path, manifest: bytes, signed: Signed, sign: Callable[[bytes], bytes]) -> None:
    """Replace the salts of a file's newest manifest, and all that depends on them, in place.

    Args:
        path: The signed file.
        manifest: The manifest store in it, as the library gave it.
        signed: What was signed.
        sign: Signs anew.

    Raises:
        ValueError: Where the manifest is not of the form that is known; the file stays as it was.
    """
    pieces = _pieces(manifest, signed, sign)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as held:
        whole = held.find(manifest)
        if whole >= 0:
            held[whole : whole + len(manifest)] = _replaced(manifest, pieces)
            if held[:4] == b"\x89PNG":
                _correct_png(held, whole)
        else:
            _replace_parted(held, manifest, pieces)
        held.flush()


def settled(manifest: bytes, signed: Signed, sign: Callable[[bytes], bytes]) -> bytes:
    """A manifest store of its own with its salts replaced, as `settle` does in a file."""
    return _replaced(manifest, _pieces(manifest, signed, sign))


def _pieces(manifest: bytes, signed: Signed, sign: Callable[[bytes], bytes]) -> dict[bytes, bytes]:
    """The pieces of a manifest store to replace, and what by; of equal lengths."""
    active = list(_children(manifest, _only(manifest, 0)))[-1]
    label = _label(manifest, active)
    assertions = {
        _label(manifest, box): manifest[box.begin : box.end]
        for store in _children(manifest, active)
        if _label(manifest, store) == b"c2pa.assertions"
        for box in _children(manifest, store)
    }
    pieces: dict[bytes, bytes] = {}
    for name, old in _by_need(assertions):
        salt = _salt(old)
        pieces[salt] = hashlib.sha256(label + name).digest()[: len(salt)]
        pieces[_hash(old)] = _hash(_replaced(old, pieces))
    data = _replaced(signed.data, pieces)
    pieces[signed.signature] = sign(data)
    if any(manifest.count(old) < 1 for old in pieces) or data == signed.data:
        raise ValueError("the manifest does not hold what it should")
    return pieces


def _by_need(assertions: dict[bytes, bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The assertions, each after those whose hash it holds."""
    left = dict(assertions)
    while left:
        hashes = {name: _hash(box) for name, box in left.items()}
        ready = [
            name
            for name, box in left.items()
            if not any(one in box for other, one in hashes.items() if other != name)
        ]
        if not ready:
            raise ValueError("assertions that hold each other's hashes")
        yield from ((name, left.pop(name)) for name in ready)


def _hash(box: bytes) -> bytes:
    """What a claim knows an assertion by: the hash of all but the box's header."""
    return hashlib.sha256(box[_HEADER:]).digest()


def _replaced(data: bytes, pieces: dict[bytes, bytes]) -> bytes:
    for old, new in pieces.items():
        data = data.replace(old, new)
    return data


def _salt(box: bytes) -> bytes:
    """The salt in an assertion's description box."""
    description = _boxes(box, _HEADER, len(box))[0]
    at = box.find(_SALT, _HEADER, description.end)
    if at < 0:
        raise ValueError("an assertion without a salt")
    return box[at + len(_SALT) : description.end]


def _label(data: bytes, box: Box) -> bytes:
    """The name in the description box that a superbox begins with."""
    description = _boxes(data, box.begin + _HEADER, box.end)[0]
    return data[description.begin + _LABEL : description.end].partition(b"\0")[0]


def _children(data: bytes, box: Box) -> list[Box]:
    """The superboxes in a superbox."""
    inner = _boxes(data, box.begin + _HEADER, box.end)
    return [one for one in inner if one.kind == b"jumb"]


def _only(data: bytes, begin: int) -> Box:
    return _boxes(data, begin, len(data))[0]


def _boxes(data: bytes, begin: int, end: int) -> list[Box]:
    found = []
    while begin + _HEADER <= end:
        size, kind = struct.unpack_from(">I4s", data, begin)
        if size < _HEADER or begin + size > end:
            raise ValueError("a box that reaches beyond its end")
        found.append(Box(begin, begin + size, kind))
        begin += size
    if not found:
        raise ValueError("no box where there should be one")
    return found


def _replace_parted(held: mmap.mmap, manifest: bytes, pieces: dict[bytes, bytes]) -> None:
    """Replaces pieces where the manifest is cut in parts, as in a JPEG file's segments of 64 KB."""
    places = {old: list(_places(held, old)) for old in pieces}
    if any(len(found) != manifest.count(old) for old, found in places.items()):
        raise ValueError("a piece of the manifest does not lie in the file in one piece")
    for old, found in places.items():
        for place in found:
            held[place : place + len(old)] = pieces[old]


def _places(held: mmap.mmap, piece: bytes) -> Iterator[int]:
    at = held.find(piece)
    while at >= 0:
        yield at
        at = held.find(piece, at + len(piece))


def _correct_png(held: mmap.mmap, inside: int) -> None:
    """Sets the checksum of the chunk that holds a place (PNG specification, 5.3)."""
    begin = held.rfind(b"caBX", 0, inside)
    (size,) = struct.unpack(">I", held[begin - 4 : begin])
    end = begin + 4 + size
    held[end : end + 4] = struct.pack(">I", zlib.crc32(held[begin:end]))

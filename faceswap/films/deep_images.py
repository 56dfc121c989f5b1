"""Image files with all that is in them: 16 bits, transparency, EXIF data and colour profile."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.errors import BadMedia
from faceswap.films.images import HOW, read_image

#: (h, w, 3 or 4) RGB, of 8 or 16 bits, as it is shown.
Samples = NDArray[np.uint8] | NDArray[np.uint16]
#: What lies in a file beside its samples, by OpenCV's numbers of its kinds.
Notes = Mapping[int, bytes]

#: Colour by H.273's numbers: primaries, transfer curve, matrix, full range.
CICP = int(cv2.IMAGE_METADATA_CICP)
_EXIF = int(cv2.IMAGE_METADATA_EXIF)
#: EXIF's orientations: turned so many times by 90 degrees against the clock, then mirrored.
_TURNS = {1: (0, False), 2: (0, True), 3: (2, False), 4: (2, True)}
_TURNS |= {5: (3, True), 6: (3, False), 7: (1, True), 8: (1, False)}
_ORIENTATION = 0x0112


def read_samples(path: Path) -> tuple[Samples, Notes]:
    """The picture in a file, all of it, turned as its EXIF data says; and what is said of it.

    Notes say that it need not be turned any more.

    Raises:
        BadMedia: Where the file is not a picture that can be read.
    """
    plain = read_image(path)
    found, kinds, data = cv2.imdecodeWithMetadata(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    notes = {int(k): bytes(d) for k, d in zip(kinds, data, strict=True)}
    turned, notes[_EXIF] = _upright(notes.get(_EXIF, b""))
    if found is None or found.dtype not in (np.uint8, np.uint16):
        return plain, notes
    image = _rgb(np.asarray(found))
    if image.dtype == np.uint8 and image.shape[2] == 3:
        return plain, notes
    turns, mirrored = _TURNS[turned]
    image = _turned(image, turns, mirrored)
    return (image if image.shape[:2] == plain.shape[:2] else plain), notes


def encode_samples(image: Samples, kind: str, notes: Notes) -> bytes:
    """The bytes of a file of a kind (`png`, `jpg`) with a picture, and what is said of it.

    Notes that the kind of file knows no place for, or that are broken, are left out.
    """
    bgr = cv2.cvtColor(image, cv2.COLOR_RGBA2BGRA if image.shape[2] == 4 else cv2.COLOR_RGB2BGR)
    for said in (notes, {}):
        blobs = {k: np.frombuffer(d, np.uint8) for k, d in said.items() if d and _fits(k, kind)}
        done, data = cv2.imencodeWithMetadata(
            f".{kind}", bgr, list(blobs), list(blobs.values()), HOW.get(kind, [])
        )
        if done:
            return bytes(data)
    raise BadMedia(f"a picture cannot be written as {kind}")


def _turned(image: Samples, turns: int, mirrored: bool) -> Samples:
    image = np.rot90(image, turns)[:, :: -1 if mirrored else 1]
    return cast(Samples, np.ascontiguousarray(image))


def _fits(note: int, kind: str) -> bool:
    return note != CICP or kind == "png"


def _rgb(image: NDArray[np.uint8] | NDArray[np.uint16]) -> Samples:
    """As RGB, from OpenCV's order or from grey."""
    if image.ndim == 2:
        return cast(Samples, np.repeat(image[..., None], 3, axis=2))
    if image.shape[2] == 2:
        return image[..., [0, 0, 0, 1]]
    return image[..., [2, 1, 0, 3][: image.shape[2]]]


def _upright(exif: bytes) -> tuple[int, bytes]:
    """The orientation in EXIF data (1 where it says nothing), and the data with it set to 1.

    TIFF 6.0, section 2: a header, then entries of 12 bytes in the first directory.
    """
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None or len(exif) < 10:
        return 1, exif
    (begin,) = struct.unpack_from(f"{order}I", exif, 4)
    if begin + 2 > len(exif):
        return 1, exif
    (count,) = struct.unpack_from(f"{order}H", exif, begin)
    for at in range(begin + 2, min(begin + 2 + 12 * count, len(exif) - 11), 12):
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, at)
        if tag == _ORIENTATION and kind == 3 and value in _TURNS:
            return value, exif[: at + 8] + struct.pack(f"{order}H", 1) + exif[at + 10 :]
    return 1, exif

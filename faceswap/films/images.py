"""Image files, read and written as RGB whatever their names, kinds and rotation."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap.errors import BadMedia
from faceswap.films import image_header
from faceswap.storage import limits
from faceswap.storage.intact import flaw
from faceswap.storage.untrusted import read_bytes, said

#: Endings of the files that are taken for images.
SUFFIXES = (
    ".png",
    ".jpg",
    ".jpeg",
    ".webp",
    ".tif",
    ".tiff",
    ".bmp",
    ".pgm",
    ".ppm",
    ".jp2",
)
#: PNG level 1 writes four times as fast as the default, for a tenth more bytes.
PNG_LEVEL = 1
JPEG_QUALITY = 95
#: What OpenCV is told for each kind of file.
HOW = {
    "png": [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL],
    "jpg": [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
}

#: What makes PNG of faces, which have few runs, twice as fast again both ways, for a tenth more.
_QUICK = [
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP),
]


def read_image(path: Path) -> NDArray[np.uint8]:
    """The picture in a file, (h, w, 3) uint8 RGB, turned as its EXIF data says.

    Raises:
        BadMedia: Where the file is not a picture that can be read.
    """
    try:
        data = read_bytes(path, limits.IMAGE_BYTES)
        image_header.check(data)
    except OSError as error:
        raise BadMedia(f"{path} cannot be read: {said(error)}") from error
    except BadMedia as error:
        raise BadMedia(f"{path} cannot be decoded as an image: {error}") from None
    wrong = flaw(data)
    image = None if wrong else _decode(np.frombuffer(data, np.uint8))
    if image is None:
        raise BadMedia(f"{path} cannot be decoded as an image" + (f": {wrong}" if wrong else ""))
    return image


def as_saved(image: NDArray[np.uint8], kind: str) -> NDArray[np.uint8]:
    """What `read_image` gives of a picture that `write_image` has written as `kind`."""
    saved = image if kind == "png" else _decode(np.frombuffer(encode_image(image, kind), np.uint8))
    assert saved is not None
    return saved


def write_image(path: Path, image: NDArray[np.uint8], kind: str = "") -> None:
    """Writes (h, w, 3) uint8 RGB to a file; `kind` (`png`, `jpg`) where the name does not say."""
    path.write_bytes(encode_image(image, kind or path.suffix[1:]))


def encode_image(image: NDArray[np.uint8], kind: str) -> bytes:
    """The bytes of a file of a kind (`png`, `jpg`) with the (h, w, 3) uint8 RGB picture."""
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(
        f".{kind}", bgr, HOW.get(kind, []) + (_QUICK if kind == "png" else [])
    )
    if not done:
        raise BadMedia(f"a picture cannot be written as {kind}")
    return bytes(data)


def _decode(data: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    if not data.size:
        return None
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    if image is None:
        return None
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)

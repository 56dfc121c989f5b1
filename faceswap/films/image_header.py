"""What kind of image a file is and how large, by its header alone."""

from __future__ import annotations

import io
import struct
import warnings

from faceswap.errors import BadMedia
from faceswap.storage import limits

#: The kinds that are decoded, by Pillow's names, whatever a file's ending says.
KINDS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "PPM", "JPEG2000")
_LIMIT = f"at most {limits.IMAGE_PIXELS} and {limits.SIDE} a side are decoded"


def check(data: bytes | memoryview) -> None:
    """Refuse what is no image of a known kind, or one too large to be decoded.

    A file of 3 MB may stand for 30,000 pixels a side, which are 2.7 GB.

    Raises:
        BadMedia: With what the header says.
    """
    width, height = _size(data)
    if width * height > limits.IMAGE_PIXELS or max(width, height) > limits.SIDE:
        raise BadMedia(f"{width}x{height} pixels, {_LIMIT}")


def _size(data: bytes | memoryview) -> tuple[int, int]:
    from PIL import Image

    with warnings.catch_warnings():
        # Pillow's own limit is for what it decodes; here it only reads headers.
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=KINDS) as image:
                return image.size
        except Image.DecompressionBombError:
            raise BadMedia(f"too many pixels, {_LIMIT}") from None
        except (OSError, SyntaxError, ValueError, TypeError, LookupError, struct.error):
            raise BadMedia(f"no image of a known kind ({', '.join(KINDS)})") from None

"""The descriptor of the person on a photo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceswap.detection.detectors import open_detector
from faceswap.errors import BadOption, NoFaces
from faceswap.films.images import read_image

#: Sides in pixels of the smallest face looked for, tried in this order: small ones cost more.
_SIDES = (80.0, 30.0)


def describe_photo(path: Path) -> NDArray[np.float64]:
    """The 128 numbers of the largest face on a photo.

    Raises:
        BadOption: If there is no such file.
        BadMedia: If it is no picture.
        NoFaces: If no face is found on it.
    """
    from faceswap.detection.descriptors import Describer, face_chip
    from faceswap.detection.landmarks import landmarker

    if not path.is_file():
        raise BadOption(f"{path} is not there: identity takes the photo of a face")
    image = read_image(path)
    detector = open_detector("blaze")
    for side in _SIDES:
        found = detector.find(image, side)
        if found:
            largest = max(found, key=lambda face: face.side)
            shape = landmarker().locate(image, largest)
            return np.asarray(Describer().describe([face_chip(image, shape.points)])[0])
    raise NoFaces(f"no face found on {path}: give a photo that shows the person from the front")

"""Hog: dlib's histogram-of-gradients face detector."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from faceswap.detection.found import SLACK, Found, Image, each_once, resized

#: Side in pixels of the smallest face the filters know.
_SMALLEST = 80
#: dlib's scores times this are ours, so that `-SLACK` is its -0.25: below, it takes collars and
#: helmets for faces.
_STRETCH = 2.0


class Hog:
    """Five linear filters (frontal, two profiles, two tilts) over a pyramid of gradients.

    King, "Max-margin object detection", 2015. Finds frontal faces and half profiles, and takes
    some 0.1 microseconds a pixel of the image in which the smallest face has 80 of them.
    """

    def __init__(self) -> None:
        """Loads the filters, which are part of dlib."""
        import dlib

        self._detector: Any = dlib.get_frontal_face_detector()

    def find(self, image: Image, at_least: float) -> list[Found]:
        """See `Detector.find`."""
        scale = _SMALLEST / at_least
        grey = cv2.cvtColor(resized(image, scale), cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)
        boxes, scores, _ = self._detector.run(grey, 0, -SLACK / _STRETCH)
        return each_once(
            [
                Found.of_box(b.left(), b.top(), b.right(), b.bottom(), s * _STRETCH, scale)
                for b, s in zip(boxes, scores, strict=True)
            ]
        )

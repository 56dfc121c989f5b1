"""Lesson: what a network is taught, and which pixels count most."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lesson:
    """What a network is taught beside the pictures, and which pixels count most.

    Attributes:
        face: How many times more a pixel of the face counts than one of the background.
        features: The same for the pixels of eyes and mouth.
        expression: Whether what each face does is to be learnt too, as "expression".
        mask: Whether the face's mask is to be learnt too, as a fourth channel of the pictures.
        alpha: Whether the network draws a mask that nobody teaches.
        eye_map: Whether where the eyes are is told too, as "eyes", for terms that look there.
    """

    face: float = 1.0
    features: float = 1.0
    expression: bool = False
    mask: bool = False
    alpha: bool = False
    eye_map: bool = False

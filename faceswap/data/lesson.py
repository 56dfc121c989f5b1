"""Lesson: what a network is taught, and which pixels count most."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lesson:
    """What a network is taught beside the pictures, and which pixels count most.

    Attributes:
        face: How many times more a pixel of the face counts than one of the background.
        eyes: The same for the pixels of the eyes and a little around them.
        mouth: The same for those of the mouth.
        expression: Whether what each face does is to be learnt too, as "expression".
        mask: Whether the face's mask is to be learnt too, as a fourth channel of the pictures.
        alpha: Whether the network draws a mask that nobody teaches.
        eye_map: Whether where the eyes are is told too, as "eyes", for terms that look there.
    """

    face: float = 1.0
    eyes: float = 1.0
    mouth: float = 1.0
    expression: bool = False
    mask: bool = False
    alpha: bool = False
    eye_map: bool = False

    @property
    def weighs(self) -> bool:
        """Whether some pixels count more than others."""
        return (self.face, self.eyes, self.mouth) != (1, 1, 1)

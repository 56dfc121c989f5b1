"""Events: the history of a training as TensorBoard reads it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap.films.images import encode_image
from faceswap.training.history import HELD_OUT


class Events:
    """Writes numbers and pictures into a file of TensorFlow's events.

    TensorBoard itself is not needed to write what it reads: the protocol is TensorFlow's own.

    Args:
        folder: Where its files lie; each run adds one.
    """

    def __init__(self, folder: Path) -> None:
        """Opens a file."""
        import tensorflow as tf

        self._writer = tf.summary.create_file_writer(str(folder))
        self._write: Any = tf.summary.experimental.write_raw_pb
        self._summary: Any = tf.compat.v1.Summary

    def line(self, line: Mapping[str, Any]) -> None:
        """A line of the history: losses and speed, or the figures of held-out faces."""
        held = line.get(HELD_OUT, {})
        others = {n: v for n, v in line.items() if n not in (HELD_OUT, "step", "faces")}
        figures = {f"{HELD_OUT}/{name}": value for name, value in held.items()}
        losses = {f"train/{name}": value for name, value in others.items()}
        self.numbers(line["step"], figures if held else losses)

    def numbers(self, step: int, values: Mapping[str, Any]) -> None:
        """Numbers at a step by name; what is none is left out."""
        known = {name: v for name, v in values.items() if isinstance(v, int | float)}
        named = [{"tag": name, "simple_value": float(value)} for name, value in known.items()]
        self._put(step, named)

    def picture(self, step: int, name: str, picture: NDArray[np.uint8]) -> None:
        """An (h, w, 3) RGB picture at a step."""
        height, width = picture.shape[:2]
        image: dict[str, Any] = {"height": height, "width": width, "colorspace": 3}
        image["encoded_image_string"] = encode_image(picture, "png")
        self._put(step, [{"tag": name, "image": image}])

    def _put(self, step: int, values: list[dict[str, Any]]) -> None:
        said = self._summary(value=[self._summary.Value(**value) for value in values])
        with self._writer.as_default():
            self._write(said.SerializeToString(), step=step)
        self._writer.flush()

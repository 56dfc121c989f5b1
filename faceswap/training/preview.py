"""Preview: the sheet of faces and curves that a training draws now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from faceswap.data.dataset import SIDES
from faceswap.films.images import encode_image
from faceswap.model import Faces
from faceswap.optimizers.averaged import averaged
from faceswap.storage import durable
from faceswap.training.training import SHARE
from faceswap.writing.image_writer import PREVIEW, commented

#: The first comes after this part of the time between two.
FIRST = 0.25


class Preview(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Writes a sheet every so many seconds, or less often if it takes long to draw."""

    def __init__(
        self,
        path: Path,
        draw: Callable[[Any], NDArray[np.uint8]],
        every: float,
        looks: Sequence[Callable[[NDArray[np.uint8]], None]] = (),
    ) -> None:
        """`draw` makes an RGB picture from the network, `looks` get it. The first is soon made."""
        super().__init__()
        self.path, self.draw, self.every, self.looks = path, draw, every, looks
        self.when, self.took = time.monotonic() - (1 - FIRST) * every, 0.0

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Write the sheet if it is time."""
        if time.monotonic() - self.when >= max(self.every, self.took / SHARE):
            self.write(self.model)

    def write(self, net: Any) -> None:
        """Write the sheet."""
        began = time.monotonic()
        with averaged(net):
            picture = self.draw(net)
        durable.write(self.path, commented(encode_image(picture, "png"), "png", PREVIEW))
        for look in self.looks:
            look(picture)
        self.when = time.monotonic()
        self.took = self.when - began


def columns(net: Any, model: Any, shown: dict[str, Faces]) -> list[tuple[str, Faces]]:
    """Source and target, each with its copy, and the swap."""
    source, target = (shown[side] for side in SIDES)
    swapped, _, copied = model.swap(net, target)
    drawn = np.asarray(net(shown, training=False)["source"])[..., :3]
    pairs = [("source", source), ("its copy", drawn), ("target", target), ("its copy", copied)]
    return [*pairs, ("swap", swapped)]

"""Showing: the options that say what of a training is shown and kept to look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from faceswap.options import option
from faceswap.stage import Progress
from faceswap.training.history import Line, nobody
from faceswap.training.timelapse import Timelapse

if TYPE_CHECKING:
    from faceswap.training.training import Clock

#: Takes a preview that was drawn, (h, w, 3) RGB.
Look = Callable[[NDArray[np.uint8]], None]


@dataclass(frozen=True)
class Showing:
    """Options of a stage that trains a model."""

    show: bool = option(
        True, "Show previews in terminals that can show pictures.", affects="nothing"
    )
    timelapse: bool = option(
        False, "Make a film of the previews, model/timelapse.mp4.", affects="nothing"
    )
    tensorboard: bool = option(
        False, "Write the history for TensorBoard too, to model/tensorboard.", affects="nothing"
    )
    snapshot_every: int = option(
        0, "Steps between copies of the model that are kept; 0 for none.", low=0, affects="nothing"
    )

    def lapse(self, folder: Path, step: int) -> Timelapse | None:
        """The film of the previews up to a step, where one is asked for."""
        if not self.timelapse:
            return None
        made = Timelapse(folder / "timelapse")
        made.cut(step)
        return made

    def logged(self, folder: Path) -> Callable[[Line], None]:
        """Who is told of the history's lines beside its file."""
        if not self.tensorboard:
            return nobody
        from faceswap.training.events import Events

        return Events(folder / "tensorboard").line

    def looks(
        self, folder: Path, clock: Clock, lapse: Timelapse | None, progress: Progress
    ) -> list[Look]:
        """Who is shown each preview beside the file that it is written to."""
        found: list[Look] = []
        if self.show:
            found.append(lambda picture: progress.picture(lambda: picture))
        if lapse is not None:
            found.append(lambda picture: lapse.add(clock.step, picture))
        if self.tensorboard:
            from faceswap.training.events import Events

            events = Events(folder / "tensorboard")
            found.append(lambda picture: events.picture(clock.step, "preview", picture))
        return found

    def copied(self, folder: Path, model: Any) -> list[Any]:
        """The callbacks that keep copies of the model, if any are asked for."""
        if not self.snapshot_every:
            return []
        from faceswap.training.snapshots import Snapshots

        return [Snapshots(folder / "snapshots", model, self.snapshot_every)]

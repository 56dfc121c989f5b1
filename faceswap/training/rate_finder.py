"""Which learning rates a network learns at: its loss while the rate rises step by step."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Image = NDArray[np.uint8]

#: How much of the mean so far is kept at each step: losses of single batches say little.
SMOOTH = 0.9
#: After so many steps the smoothed loss is a mean of enough of them.
EARLY = round(1 / (1 - SMOOTH))
#: The search ends where the smoothed loss is so many times its least.
DIVERGED = 3.0


class Sweep(NamedTuple):
    """Losses at rising rates, (n,) each; `smooth` is the mean over the steps so far, weighted."""

    rates: Floats
    losses: Floats
    smooth: Floats

    @property
    def least(self) -> float:
        """The rate at which the loss was least: too long a step already."""
        return float(self.rates[self.smooth.argmin()])

    @property
    def steepest(self) -> float:
        """The rate at which the loss fell fastest, the usual choice."""
        # The first means are of too few batches to have a slope.
        fallen = slice(min(EARLY, int(self.smooth.argmin())), int(self.smooth.argmin()) + 1)
        slope = np.diff(self.smooth[fallen])
        return float(self.rates[fallen][slope.argmin()]) if len(slope) else self.least


def sweep(net: Any, batches: Any, low: float, high: float, steps: int) -> Sweep:
    """Train on one batch after the other while the rate rises evenly in its logarithm.

    Smith, "Cyclical learning rates for training neural networks", 2017, section 3.3.

    Args:
        net: Compiled; it is changed.
        batches: What `fit` takes; at least `steps` of them.
        low: The first rate.
        high: The last; not reached where the loss grows `DIVERGED`-fold before.
        steps: How many there are at most, 2 or more.
    """
    rising = _Rising(np.geomspace(low, high, steps))
    net.fit(batches, epochs=1, steps_per_epoch=steps, callbacks=[rising], shuffle=False, verbose=0)
    losses = np.array(rising.losses)
    return Sweep(rising.rates[: len(losses)], losses, smoothed(losses))


def smoothed(losses: Floats) -> Floats:
    """The weighted mean of the values so far at each; the newest count most."""
    total, kept = 0.0, []
    for number, loss in enumerate(losses, 1):
        total = SMOOTH * total + (1 - SMOOTH) * float(loss)
        kept.append(total / (1 - SMOOTH**number))
    return np.array(kept)


def draw(found: Sweep, title: str) -> Image:
    """The curve, (h, w, 3) uint8 RGB."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((9, 4.5), dpi=100, layout="constrained")
    axes = figure.add_subplot()
    axes.semilogx(found.rates, found.losses, color="#c9d7e6", lw=1, label="loss of a batch")
    axes.semilogx(found.rates, found.smooth, color="#1f6fb4", lw=2, label="smoothed")
    marks = (("steepest", found.steepest, "#3a9b52"), ("least", found.least, "#e07b16"))
    for name, rate, color in marks:
        axes.axvline(rate, color=color, ls="--", lw=1.2, label=f"{name} at {rate:.2g}")
    axes.set_ylim(found.smooth.min() * 0.9, min(found.smooth.max(), 2 * found.smooth[0]) * 1.05)
    axes.set_xlabel("learning rate")
    axes.set_title(title, loc="left", size=11)
    axes.grid(color="#dddddd", lw=0.6)
    axes.legend(frameon=False)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[:, :, :3])


class _Rising(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Sets each step's rate, and ends the training where the loss has grown too far."""

    def __init__(self, rates: Floats) -> None:
        super().__init__()
        self.rates = rates
        self.losses: list[float] = []

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        # What Keras tells is the mean since the metrics were reset.
        self.model.reset_metrics()
        self.model.optimizer.learning_rate = float(self.rates[batch])

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        loss = float((logs or {}).get("loss", np.nan))
        if np.isfinite(loss):
            self.losses.append(loss)
        seen = smoothed(np.array(self.losses))
        far = len(seen) > 1 and seen[-1] > DIVERGED * seen.min()
        self.model.stop_training = bool(far or not np.isfinite(loss))

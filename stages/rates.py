"""Find out at which learning rates a model learns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from faceswap import backend
from faceswap.data.dataset import SIDES, batches
from faceswap.data.feeding import warped_pairs
from faceswap.data.packed import PackedFaces
from faceswap.errors import BadOption, Unsupported
from faceswap.films.images import encode_image
from faceswap.model import FaceModel, Swaps
from faceswap.networks.precision import using
from faceswap.options import option
from faceswap.pictures.sheet import spread
from faceswap.stage import Progress, Stage, Summary, silent
from faceswap.training.augmenting import Augmenting
from faceswap.training.choosing import AUTO, Choosing
from faceswap.training.optimizing import Optimizing
from faceswap.training.starting import begin_from
from faceswap.training.team import Team
from faceswap.workspace import Workspace

if TYPE_CHECKING:
    from faceswap.training.rate_finder import Sweep

#: Rates that are told of in lines.
TOLD = 12


@dataclass(frozen=True)
class Rates(Optimizing, Augmenting, Choosing, Stage):
    """Show the loss of a fresh network while its learning rate rises: rates.png, and some lines.

    Nothing is decided by it, and what has been learnt is left alone: `train --learning-rate` takes
    the rate you choose.
    """

    reads = ("source/pairs", "target/pairs")
    writes = ("rates",)
    on_demand = True

    lowest_rate: float = option(1e-6, "Learning rate to begin with.", low=1e-9, high=1)
    highest_rate: float = option(0.1, "Learning rate to end with.", low=1e-9, high=10)
    rate_steps: int = option(200, "Steps from the one to the other.", low=20, high=10_000)

    def validate(self) -> None:
        """Refuse rates that do not rise, and terms of a loss that there are not."""
        if self.lowest_rate >= self.highest_rate:
            raise BadOption(
                f"the rate has to rise: --lowest-rate {self.lowest_rate:g} is not below "
                f"--highest-rate {self.highest_rate:g}"
            )
        if self.model == AUTO:
            self.possible(self.terms)
        elif isinstance(self.recipe(), Swaps):
            self.terms(self.recipe())

    def check(self, work: Workspace) -> None:
        """Refuse a model that does not swap: `run` may be given one, and leaves this stage out."""
        if self.model != AUTO and not isinstance(self.recipe(), Swaps):
            raise Unsupported(f"model {self.model} does not swap faces: choose another --model")

    def run(self, work: Workspace, progress: Progress = silent) -> Summary:
        """Draw the curve, and tell it."""
        backend.start()
        from faceswap.training import rate_finder

        stage, choice = self.settled(work)
        if choice:
            progress.note(choice.why)
        model = stage.recipe()
        found = stage._sweep(work, model)
        for line in _lines(found):
            progress.note(line)
        title = f"{model.name}: loss while the learning rate rises"
        with work.making("rates") as path:
            path.write_bytes(encode_image(rate_finder.draw(found, title), "png"))
        steepest, least = (float(f"{rate:.3g}") for rate in (found.steepest, found.least))
        own = self.rate(model)
        return {"steps": len(found.rates), "steepest": steepest, "least": least, "own": own}

    def _sweep(self, work: Workspace, model: FaceModel) -> Sweep:
        from faceswap.training.rate_finder import sweep

        sides = {side: PackedFaces(work.require(f"{side}/pairs")) for side in SIDES}
        with using(self.precision):
            net = Team().built(model, self.seed, self)
            if self.from_model:
                begin_from(net, Path(self.from_model), self.take)
            feed = batches(warped_pairs(self, model, sides), 0)
            return sweep(net, feed, self.lowest_rate, self.highest_rate, self.rate_steps)


def _lines(found: Sweep) -> Iterator[str]:
    yield "learning rate    loss"
    for place in spread(len(found.rates), TOLD):
        yield f"{found.rates[place]:<14.2g} {found.smooth[place]:.4f}"
    yield f"falls fastest at {found.steepest:.2g}, is least at {found.least:.2g}"

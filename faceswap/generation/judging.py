"""Judging: how good the samples of a model of faces are, beside models without a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from faceswap import plugins
from faceswap.data.held_out import evenly
from faceswap.data.labels import Labels
from faceswap.errors import Unsupported
from faceswap.evaluation.figures import Figures
from faceswap.generation.coding_cost import histogram_bits
from faceswap.generation.generated import Real, agreement, look
from faceswap.generation.generative import Likely, Samples, at_best
from faceswap.generation.sample_metrics import METRICS
from faceswap.generation.trained import Trained
from faceswap.model import FaceModel, Faces, load, load_recipe
from faceswap.stage import Progress, silent

#: Kinds of `pixel_model` that a model stands beside, and how many of their samples are kept.
BASELINES, KEPT = ("pca", "gaussian", "independent"), 16
#: Held-out faces that are looked at, at most.
HELD = 256


@dataclass(frozen=True)
class Judged:
    """What came of it.

    Attributes:
        model: The recipe.
        real: The faces that samples were held against.
        samples: (n, s, s, 3) those of the model.
        figures: The values of `METRICS`, None where there is none.
        baselines: The same of each of `BASELINES`.
        others: A few samples of each.
    """

    model: FaceModel
    real: Real
    samples: Faces
    figures: Figures
    baselines: dict[str, Figures]
    others: dict[str, Faces]

    def record(self) -> dict[str, object]:
        """What metrics.json holds.

        The value of each of `METRICS` by its name, null where it could not be measured; `model`,
        its name; the counts `samples`, `learnt`, `compared` (learnt faces beside which samples
        are measured), `compared_found` (those the detector finds) and `held_out`; `baselines`:
        for each, the same values.
        """
        counts = {
            "samples": len(self.samples),
            "learnt": len(self.real.learnt),
            "compared": len(self.real.few),
            "compared_found": int(self.real.seen.found.sum()),
            "held_out": len(self.real.held),
        }
        return {**self.figures, "model": self.model.name, **counts, "baselines": self.baselines}


@dataclass(frozen=True)
class Judging:
    """How a model is judged.

    Attributes:
        trained: What is known of its training.
        side: Whose faces its samples are held against.
        count: How many are made up.
        seed: Where their random numbers start.
        detector: What looks for faces in them.
    """

    trained: Trained
    side: str = "source"
    count: int = 256
    seed: int = 0
    detector: str = "blaze"

    def check(self) -> None:
        """Refuse a model that makes up no faces."""
        model = load_recipe(self.trained.work.require("model"))
        if not isinstance(model, Samples):
            raise Unsupported(
                f"model {model.name} makes up no faces to judge: evaluate --what film judges a swap"
            )

    def judge(self, progress: Progress = silent) -> Judged:
        """The figures of the model's samples, and of those of models fitted to the same faces."""
        model, net = load(self.trained.work.require("model"), "float32")
        assert isinstance(model, Samples)
        with progress.bar("judge", 2 + len(BASELINES), unit="set") as bar:
            real = self._real(model)
            bar.step()
            samples, found = self._measured(real, model, model, net)
            found |= agreement(model, net, self.seed, self.detector)
            bar.step()
            others, baselines = {}, {}
            for kind in BASELINES:
                others[kind], baselines[kind] = self._baseline(real, model, kind)
                bar.step()
        if isinstance(model, Likely):
            learnt, held = map(model.quantised, (real.learnt, real.held))
            found["bits"] = model.bits(net, held)
            baselines["independent"]["bits"] = histogram_bits(learnt, held, model.levels)
        every = {kind: _whole(figures) for kind, figures in baselines.items()}
        return Judged(model, real, samples, _whole(found), every, others)

    def _real(self, model: Any) -> Real:
        feed = self.trained.feed(self.side, model.size)
        learnt = at_best(model, feed.plain(feed.places))
        few = learnt[evenly(np.arange(len(learnt)), self.count)]
        fair = self.trained.split(feed.packed).fair
        held = at_best(model, feed.plain(evenly(fair, HELD)))
        return Real(learnt, few, held, look(few, self.detector))

    def _measured(
        self, real: Real, shows: Any, model: Any, net: Any
    ) -> tuple[Faces, dict[str, float]]:
        """A model's samples as `shows` could at best show them, and their figures."""
        samples = at_best(shows, model.sample(net, self.count, self.seed))
        return samples, real.judge(samples, look(samples, self.detector))

    def _baseline(self, real: Real, model: Any, kind: str) -> tuple[Faces, dict[str, float]]:
        """A few samples of a model without a network, and its figures."""
        base = plugins.load("models", "pixel_model")(size=model.size, kind=kind)
        net = base.build()
        base.fit(net, real.learnt, Labels({}))
        samples, figures = self._measured(real, model, base, net)
        return samples[:KEPT].copy(), figures


def _whole(found: dict[str, float]) -> Figures:
    """Every figure, of those found four digits."""
    return {m.name: float(f"{found[m.name]:.4g}") if m.name in found else None for m in METRICS}

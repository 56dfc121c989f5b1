"""LabelledModel: a recipe for faces of a class that one can choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from faceswap.errors import BadOption
from faceswap.generation.adversarial_model import AdversarialModel, shown
from faceswap.generation.generative import Latents
from faceswap.options import option


@dataclass(frozen=True)
class LabelledModel(AdversarialModel):
    """What adversarial models with labels share.

    Latents are noise and behind it the label, one number for each class of which one is 1.
    """

    data: ClassVar[str] = "labelled"

    classes: str = option("", "Names of the classes with commas between; training fills them in.")

    @property
    def count(self) -> int:
        """How many classes there are."""
        return max(2, len(self.classes.split(",")))

    def latents(self, net: Any, count: int, seed: int) -> Latents:
        """Noise and labels, each as likely as any."""
        drawn = np.random.default_rng((seed, 1)).integers(0, self.count, count)
        labels = np.eye(self.count, dtype=np.float32)[drawn]
        return np.concatenate([super().latents(net, count, seed), labels], -1)

    def chosen(self, latents: Latents, controls: dict[str, Any]) -> Latents:
        """The latents with the `label` that is asked for, a class's number."""
        label = controls.pop("label", None)
        if label is None:
            return latents
        if not 0 <= int(label) < self.count:
            raise BadOption(f"label {label}: model {self.name} knows 0 to {self.count - 1}")
        latents = latents.copy()
        latents[:, self.latent :] = np.eye(self.count)[int(label)]
        return latents

    def shrunk(self, net: Any, latents: Latents, psi: float) -> Latents:
        """Noise nearer to none, the label as it is."""
        z = super().shrunk(net, latents[:, : self.latent], psi)
        return np.concatenate([z, latents[:, self.latent :]], -1)

    def decode(self, net: Any, latents: Any) -> Any:
        """The faces (n, size, size, 3), float32 from 0 to 1, of noise with labels."""
        return shown(net({"z": latents[:, : self.latent], "label": latents[:, self.latent :]}))

"""Faces without a network: pixels that know nothing of each other, or a Gaussian of eigenfaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from faceswap.data.labels import Labels
from faceswap.errors import Unsupported
from faceswap.generation.frechet import principal
from faceswap.model import FaceModel, Faces
from faceswap.options import option
from faceswap.pictures.sheet import spread
from faceswap.stage import Summary

#: Least deviation of a pixel, a fifth of a grey level: some pixels never change.
FINEST = 1 / 1280


@dataclass(frozen=True)
class PixelModel(FaceModel):
    """The baselines of every model that makes faces up, each with its likelihood.

    `independent` takes each pixel from another face, at the same place: its colours are right and
    nothing fits together. `gaussian` draws each number of each pixel from its own mean and
    deviation. `pca` draws along the eigenfaces, so neighbours fit: the best that can be had of
    means and covariances alone.
    """

    data: ClassVar[str] = "faces"

    size: int = option(64, "Side of a face in pixels.", low=8, high=128)
    kind: str = option(
        "pca", "Which of the three it is.", choices=("independent", "gaussian", "pca")
    )
    components: int = option(128, "Eigenfaces at most, of `pca`.", low=1, high=1024)
    bank: int = option(256, "Faces that `independent` takes pixels from.", low=2, high=4096)

    def build(self) -> Any:
        """The figures of the kind chosen."""
        from faceswap.networks.statistics import Statistics

        face, count = (self.size, self.size, 3), self.components
        shapes: dict[str, dict[str, tuple[int, ...]]] = {
            "independent": {"faces": (self.bank, *face), "known": ()},
            "gaussian": {"mean": face, "deviation": face},
            "pca": {"mean": face, "axes": (count, *face), "deviations": (count,), "rest": ()},
        }
        return Statistics(shapes[self.kind])

    def fit(self, net: Any, faces: Faces, labels: Labels) -> Summary:
        """Take the figures of the faces."""
        if self.kind == "independent":
            taken = faces[spread(len(faces), self.bank)]
            net["faces"] = np.pad(taken, ((0, self.bank - len(taken)), *[(0, 0)] * 3))
            net["known"] = len(taken)
            return {"faces": len(taken)}
        net["mean"] = mean = faces.mean(axis=0)
        if self.kind == "gaussian":
            net["deviation"] = np.maximum(faces.std(axis=0), FINEST)
            return {"faces": len(faces)}
        centred = (faces - mean).reshape(len(faces), -1)
        axes, deviations = principal(centred, self.components)
        found = len(deviations)
        more = self.components - found
        net["deviations"] = np.pad(deviations, (0, more))
        net["axes"] = np.pad(axes, ((0, more), (0, 0))).reshape(net["axes"].shape)
        # Tipping and Bishop, 1999: what the components leave is the same in all other directions.
        left = float((centred.astype(np.float64) ** 2).sum()) / max(1, len(faces) - 1)
        left -= float((deviations**2).sum())
        net["rest"] = max(FINEST, np.sqrt(max(left, 0) / max(1, centred.shape[1] - found)))
        return {"faces": len(faces), "components": found}

    def sample(self, net: Any, count: int, seed: int, psi: float = 1.0, **controls: Any) -> Faces:
        """Faces of independent pixels, or along the eigenfaces."""
        random = np.random.default_rng(seed)
        if self.kind == "independent":
            faces = net["faces"][: int(net["known"])]
            rows, columns = np.indices((self.size, self.size))
            picked = random.integers(0, len(faces), (count, self.size, self.size))
            drawn = faces[picked, rows, columns]
            return np.asarray(faces.mean(axis=0) * (1 - psi) + drawn * psi, np.float32)
        if self.kind == "gaussian":
            noise = random.standard_normal((count, self.size, self.size, 3))
            return np.asarray(net["mean"] + psi * noise * net["deviation"], np.float32).clip(0, 1)
        return np.asarray(self.decode(net, self.wanted(net, count, seed, psi=psi)))

    def latents(self, net: Any, count: int, seed: int) -> Faces:
        """Deviations along the eigenfaces, each of a standard Gaussian."""
        self._demand_axes()
        shape = (count, self.components)
        return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)

    def wanted(self, net: Any, count: int, seed: int, psi: float = 1.0) -> Faces:
        """The same, `psi` times as many."""
        return np.float32(psi) * self.latents(net, count, seed)

    def decode(self, net: Any, latents: Any) -> Any:
        """Mean and eigenfaces."""
        import tensorflow as tf

        self._demand_axes()
        along = tf.convert_to_tensor(latents) * net.places["deviations"].value
        return tf.clip_by_value(
            tf.tensordot(along, net.places["axes"], 1) + net.places["mean"], 0, 1
        )

    def encode(self, net: Any, faces: Faces) -> Faces:
        """How far a face is along each eigenface, in deviations."""
        self._demand_axes()
        along = np.tensordot(faces - net["mean"], net["axes"], ([1, 2, 3], [1, 2, 3]))
        deviations = net["deviations"]
        return np.asarray(along * (deviations > 0) / np.maximum(deviations, 1e-6), np.float32)

    def log_likelihood(self, net: Any, faces: Faces) -> NDArray[np.float64]:
        """The density's logarithm at each face, in nats a number; of `gaussian` and `pca`.

        Raises:
            Unsupported: For `independent`, whose pixels have no density.
        """
        if self.kind == "independent":
            raise Unsupported("kind=independent has no density: take gaussian or pca")
        away = np.asarray(faces - net["mean"], np.float64).reshape(len(faces), -1)
        width = away.shape[1]
        if self.kind == "gaussian":
            spread = net["deviation"].astype(np.float64).ravel()
            squares, logs = ((away / spread) ** 2).sum(axis=1), 2 * np.log(spread).sum()
        else:
            rest = float(net["rest"]) ** 2
            variances = np.maximum(net["deviations"].astype(np.float64) ** 2, rest)
            along = away @ net["axes"].reshape(self.components, -1).T.astype(np.float64)
            kept = net["deviations"] > 0
            squares = (away**2).sum(axis=1) / rest
            squares += (along[:, kept] ** 2 * (1 / variances[kept] - 1 / rest)).sum(axis=1)
            logs = np.log(variances[kept]).sum() + (width - kept.sum()) * np.log(rest)
        return np.asarray(-0.5 * (squares + logs + width * np.log(2 * np.pi)) / width)

    def _demand_axes(self) -> None:
        if self.kind != "pca":
            raise Unsupported(f"kind={self.kind} has no latents: take kind=pca")

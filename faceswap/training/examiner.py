"""Examiner: what a network makes of the held-out faces, in figures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from faceswap.data.dataset import SIDES, WarpedPairs
from faceswap.data.held_out import Split, evenly
from faceswap.detection.landmarks import landmarker, seat_of
from faceswap.evaluation.appearance import laplacian_variance
from faceswap.evaluation.following import correlation, expression_errors, openings
from faceswap.evaluation.likeness import likeness
from faceswap.model import FaceModel, Faces, Swaps
from faceswap.pictures.geometry import centre_matrix, transform
from faceswap.pictures.levels import levels

#: Faces a side that are copied, swapped and given landmarks: 6 ms each, without a graphics card.
#: Of short films fewer are held out; then so many are swapped, some of them learnt: a correlation
#: over four faces says nothing, and no face was ever learnt as the other person.
MEASURED, SWAPPED = 48, 16
#: Swapped faces that are described, and faces a side that say who each is: 130 ms each.
DESCRIBED = 8
#: Raise it when a figure means something else: scores of two kinds must not be compared.
VERSION = 1

Landmarks = NDArray[np.float64]


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How well a network does on held-out faces, seen in its own square.

    Attributes:
        ssim_source: Structural similarity of a face and its copy, to 1, inside the oval that an
            aligned face fills; the mean over the source's faces.
        ssim_target: The same for the target.
        psnr_source: Peak signal-to-noise ratio of the copies, in decibels, there.
        psnr_target: The same for the target.
        d_source: Mean distance of the swapped faces' descriptors from the source's mean.
        d_target: The same from the target's mean.
        margin: `d_target` less `d_source`: above 0 the swap looks more like the source.
        gain: Share of the way from the target's distance from the source to the source's own.
        mouth: Correlation of the mouth's opening with the target's over the faces, not over time;
            none where one of them does not move.
        eyes: The same for the eyes.
        expression_error: How far brows, eyes and mouth are from where the target has them, above
            the usual difference, in distances between the eyes' corners.
        followed: Share of the target's expression that the swap has: 1 less `expression_error` as a
            part of what a face that never moves would have.
        sharpness: Variance of the Laplacian of the swap as a part of that of the source's faces.
        score: What `--keep best` chooses by: the mean of the picture (of both `ssim` the mean), the
            identity (`gain`) and the expression (`followed`), each held to 0 to 1.
    """

    ssim_source: float
    ssim_target: float
    psnr_source: float
    psnr_target: float
    d_source: float
    d_target: float
    margin: float
    gain: float
    mouth: float | None
    eyes: float | None
    expression_error: float
    followed: float
    sharpness: float
    score: float


class Examiner:
    """Measures networks of one recipe on the same faces always, so that figures can be compared.

    The first time takes longer: dlib's weights are loaded and both persons described.
    """

    def __init__(self, model: FaceModel, pairs: WarpedPairs, splits: Mapping[str, Split]) -> None:
        self.model, self.pairs, self.splits = model, pairs, splits

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Which crops of each side are measured."""
        least = {"source": 0, "target": SWAPPED}
        return {side: self.splits[side].measured(MEASURED, least[side]) for side in SIDES}

    @cached_property
    def faces(self) -> dict[str, Faces]:
        """What is measured, by side: (n, size, size, 3)."""
        return {side: self.pairs.plain(side, self.places[side]) for side in SIDES}

    @cached_property
    def key(self) -> str:
        """Eight hex digits of the faces and the kind of figures: others mean another scale."""
        seen = hashlib.blake2b(bytes([VERSION]), digest_size=4)
        for side in SIDES:
            seen.update(self.faces[side].tobytes())
        return seen.hexdigest()

    def __call__(self, net: Any) -> Figures:
        """The figures of a network as it stands; without a graphics card it takes a second.

        Raises:
            FloatingPointError: If the network has diverged.
        """
        assert isinstance(self.model, Swaps)
        source, target = (self.faces[side] for side in SIDES)
        swapped, _, copied = self.model.swap(net, target)
        given = {"source": source, "target": np.resize(target, source.shape)}
        drawn = np.asarray(net(given, training=False)["source"])[..., :3].clip(0, 1)
        fair = np.isin(self.places["target"], self.splits["target"].fair)
        points = self._located(swapped)
        figures = {
            "ssim_source": _ssim(source, drawn),
            "ssim_target": _ssim(target[fair], copied[fair]),
            "psnr_source": _psnr(source, drawn),
            "psnr_target": _psnr(target[fair], copied[fair]),
            "sharpness": _sharpness(swapped) / max(_sharpness(source), 1e-6),
        }
        figures |= self._identity(swapped, points) | self._expression(points)
        return _figures(figures)

    def _identity(self, swapped: Faces, points: Landmarks) -> dict[str, float]:
        chosen = evenly(np.arange(len(swapped)), DESCRIBED)
        described = _described(swapped[chosen], points[chosen])
        found = likeness(described, *self._persons)
        return {name: found[name] for name in ("d_source", "d_target", "margin", "gain")}

    def _expression(self, points: Landmarks) -> dict[str, float]:
        shots = np.zeros(len(points), np.int64)
        ours, theirs = openings(points), openings(self._followed)
        mouth, eyes = (correlation(t, o, shots) for t, o in zip(theirs, ours, strict=True))
        frozen = np.broadcast_to(np.median(self._followed, axis=0), self._followed.shape)
        error, most = (
            float(expression_errors(self._followed, given)[1].mean()) for given in (points, frozen)
        )
        followed = 1 - error / max(most, 1e-6)
        return {"mouth": mouth, "eyes": eyes, "expression_error": error, "followed": followed}

    @cached_property
    def _persons(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Descriptors of faces from all over each side, source first."""
        chosen = {s: evenly(np.arange(len(self.pairs.sides[s].faces)), DESCRIBED) for s in SIDES}
        source, target = (
            _described(self.pairs.plain(s, chosen[s]), self._placed(s, chosen[s])) for s in SIDES
        )
        return source, target

    @cached_property
    def _followed(self) -> Landmarks:
        """The target's landmarks, found as those of the swaps are: so both err alike."""
        return self._located(self.faces["target"])

    def _placed(self, side: str, chosen: list[int]) -> Landmarks:
        """Landmarks (n, 68, 2) of crops of a side, in pixels of the network's square."""
        packed = self.pairs.sides[side]
        matrix = centre_matrix(packed.faces.shape[1], self.pairs.size)
        return transform(np.asarray(packed.landmarks[chosen]), matrix)

    def _located(self, faces: Faces) -> Landmarks:
        """Landmarks of faces that lie where the measured faces of the target do.

        No detector is asked: where they are is known, and dlib's sees no face of 60 pixels.
        """
        seats = [seat_of(p) for p in self._placed("target", self.places["target"])]
        pairs = zip(levels(faces), seats, strict=True)
        return np.asarray([landmarker().locate(face, seat).points for face, seat in pairs])


def _figures(found: dict[str, float]) -> Figures:
    """All figures with the score, six digits each, none for a correlation that there is not."""
    if not np.isfinite([found[name] for name in found if name not in {"mouth", "eyes"}]).all():
        raise FloatingPointError("what the network draws is no picture")
    parts = [(found["ssim_source"] + found["ssim_target"]) / 2, found["gain"], found["followed"]]
    found["score"] = float(np.mean(np.nan_to_num(parts).clip(0, 1)))
    whole = {k: float(f"{v:.6g}") if np.isfinite(v) else None for k, v in found.items()}
    return msgspec.convert(whole, Figures)


def _described(faces: Faces, points: Landmarks) -> NDArray[np.float64]:
    from faceswap.detection.descriptors import MANY, Describer, face_chip

    chips = [face_chip(face, at) for face, at in zip(levels(faces), points, strict=True)]
    # TensorFlow is there already, so few are enough for Keras.
    return Describer(MANY).describe(chips)


def _ssim(faces: Faces, copies: Faces) -> float:
    from faceswap.networks.losses import dissimilarity

    return 1 - 2 * _in_oval(np.asarray(dissimilarity(faces, copies)))


def _psnr(faces: Faces, copies: Faces) -> float:
    error = _in_oval(((faces - copies) ** 2).mean(axis=-1))
    return float(-10 * np.log10(max(error, 1e-10)))


def _sharpness(faces: Faces) -> float:
    from faceswap.networks.layers import oval

    inside = oval(faces.shape[1]) > 0.5
    return float(np.mean([laplacian_variance(face, inside) for face in levels(faces)]))


def _in_oval(values: NDArray[np.float32]) -> float:
    """The mean of maps (n, s, s) over the oval that an aligned face fills."""
    from faceswap.networks.layers import oval

    return float(np.average(values.mean(axis=0), weights=oval(values.shape[1])))

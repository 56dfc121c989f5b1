"""Feeding: the batches of a model that swaps, as the options of a stage say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from faceswap.data.dataset import WarpedPairs
from faceswap.data.packed import PackedFaces
from faceswap.model import FaceModel, Swaps


def warped_pairs(
    stage: Any,
    model: FaceModel,
    sides: dict[str, PackedFaces],
    learnt: Mapping[str, NDArray[Any]] | None = None,
) -> WarpedPairs:
    """The batches that a stage with the options of `Choosing`, `Augmenting`, `Optimizing` asks for.

    Args:
        stage: The options.
        model: One that `Swaps`.
        sides: Packed faces by side.
        learnt: The places of each side's crops to learn from; without it, all are.
    """
    assert isinstance(model, Swaps)
    return WarpedPairs(
        sides,
        model.size,
        (stage.batch or model.batch) * stage.accumulate,
        stage.augment(model.augment),
        stage.seed,
        stage.lesson(model),
        learnt,
        sampling=stage.sampling,
    )

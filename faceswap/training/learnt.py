"""What a training has learnt so far, wherever it lies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from faceswap.errors import MissingArtefact
from faceswap.model import FaceModel, load_recipe
from faceswap.networks.precision import using
from faceswap.training.checkpoint import Checkpoints
from faceswap.weights import put_weights, read_weights

WEIGHTS = "weights.safetensors"


def model_folder(path: Path) -> Path:
    """The model's folder in a workspace, or the folder itself where it is one.

    Of a workspace whose training goes on, or was broken off, that is the one that is being made.

    Raises:
        MissingArtefact: Where there is no model.
    """
    for folder in (path / "model.partial", path / "model", path):
        if (folder / "model.json").exists():
            return folder
    raise MissingArtefact(
        f"{path} holds no model: expected a workspace with a trained one, or the folder of a "
        "model or snapshot"
    )


def weights_file(folder: Path) -> Path:
    """The weights of a model's folder: of a finished one its own, else the newest checkpoint's.

    Raises:
        Damaged: If no checkpoint is whole.
        MissingArtefact: If there is none yet.
    """
    if folder.name != "model.partial" and (folder / WEIGHTS).exists():
        return folder / WEIGHTS
    newest, _ = Checkpoints(folder / "checkpoints").newest()
    if newest is None:
        raise MissingArtefact(f"{folder} holds no weights yet: wait for a checkpoint")
    return newest / WEIGHTS


def learnt(path: Path, precision: str = "auto") -> tuple[FaceModel, Any]:
    """The model of a workspace or of a model's folder, and its network with what it has learnt.

    Raises:
        MissingArtefact: Where there is none.
        Damaged: Where it cannot be read.
        ModelMismatch: Where the weights are not those of the recipe.
    """
    folder = model_folder(path)
    model, file = load_recipe(folder), weights_file(folder)
    with using(precision):
        net = model.build()
    put_weights(net, read_weights(file))
    return model, net

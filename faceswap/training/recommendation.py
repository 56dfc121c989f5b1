"""Which model to train, at which size: by the machine and by the faces."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import numpy as np
import psutil

from faceswap import backend, pool
from faceswap.alignment.crops import CropFolder
from faceswap.data.packed import PackedFaces
from faceswap.model import load_recipe
from faceswap.pictures.geometry import MARGIN, scale_of
from faceswap.storage import durable
from faceswap.storage.untrusted import load_json
from faceswap.workspace import SIDES, Workspace

#: Where a choice is kept, in the model's folder.
FILE = "choice.json"
#: Sides in pixels that are chosen from, without and with a graphics card.
SIZES = {"lite": (64, 80, 96, 128), "df": (96, 128, 192)}
#: Faces a side in a batch where there are as many; half where there are fewer bytes of memory.
BATCH, LITTLE = 8, 4 << 30
#: Crops that are asked how large their face is.
ASKED = 400
Name = Annotated[str, msgspec.Meta(max_length=100)]


class Facts(NamedTuple):
    """What is decided by.

    Attributes:
        cores: How many this process may use.
        memory: Bytes the machine has.
        gpu: Whether it has a graphics card to compute on.
        face: Median side in pixels of the square around a face of the target, as it is in the film:
            what the network draws is brought to that size.
        faces: How many the side with fewer has.
    """

    cores: int
    memory: int
    gpu: bool
    face: int
    faces: int


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model, its options, faces a side in a batch (0: the model's own), and why these."""

    model: Name
    options: dict[Name, int | float | str | bool]
    batch: Annotated[int, msgspec.Meta(ge=0, le=1024)]
    why: Annotated[str, msgspec.Meta(max_length=500)]


def recommended(facts: Facts) -> Choice:
    """The model of whose kind this machine learns most in the time that people wait.

    Without a graphics card that is `lite`, with one `df`; at the smallest size that draws the
    target's faces as large as they are, and on a single core a size less.
    """
    model = "df" if facts.gpu else "lite"
    sizes = SIZES[model]
    place = next((n for n, one in enumerate(sizes) if one >= facts.face), len(sizes) - 1)
    size = sizes[max(0, place - (facts.cores == 1 and not facts.gpu))]
    batch = BATCH // 2 if facts.memory < LITTLE else BATCH
    batch = max(2, min(batch, facts.faces))
    card = "a graphics card" if facts.gpu else "no graphics card"
    plural = "" if facts.cores == 1 else "s"
    why = (
        f"chose {model} at {size} pixels, {batch} faces a side in a step: {facts.cores} "
        f"core{plural}, {card}, {facts.memory / 2**30:.0f} GiB; faces of the target are "
        f"{facts.face} pixels, {facts.faces} to learn from"
    )
    return Choice(model, {"size": size}, batch, why)


def known(work: Workspace) -> Facts:
    """The facts of this machine and of a workspace's packed faces."""
    packed = [PackedFaces(work.require(f"{side}/pairs")) for side in SIDES]
    fewest = min(len(one.faces) for one in packed)
    side = packed[SIDES.index("target")].faces.shape[1]
    memory = psutil.virtual_memory().total
    return Facts(pool.cores(), memory, backend.gpu(), _face(work, side), fewest)


def chosen(work: Workspace, anew: bool = False) -> Choice:
    """What was chosen for the model that is there; `anew`, or where there is none, what is best.

    A model that was not chosen but asked for is gone on with as it is.
    """
    for folder in (work.partial("model"), work.path("model")):
        if (folder / "model.json").exists() and not anew:
            return _kept(folder)
    return recommended(known(work))


def keep(choice: Choice, folder: Path) -> None:
    """Write the choice into the model's folder."""
    durable.write(folder / FILE, msgspec.json.encode(choice) + b"\n")


def _kept(folder: Path) -> Choice:
    if (folder / FILE).exists():
        return load_json(folder / FILE, Choice, "is not of a choice", "delete it")
    recipe = load_recipe(folder).recipe()
    return Choice(recipe.name, recipe.options, 0, f"going on with {recipe.name}, which is there")


def _face(work: Workspace, side: int) -> int:
    """What `Facts.face` is; of crops that are not there, their own size."""
    folder = work.path("target/crops")
    scales = [scale_of(crop.from_frame) for crop in CropFolder(folder)] if folder.is_dir() else []
    some = scales[:: max(1, len(scales) // ASKED)] or [1.0]
    return round(side / MARGIN / float(np.median(some)))

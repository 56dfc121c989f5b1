"""What a model is: a recipe for a network, and how it is kept on disk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

from faceswap import plugins
from faceswap.data.augment import Augment
from faceswap.data.lesson import Lesson
from faceswap.errors import Damaged, ModelMismatch
from faceswap.manifest import digest
from faceswap.networks.phases import Phases
from faceswap.options import create
from faceswap.storage import durable
from faceswap.storage.untrusted import load_json
from faceswap.training.optimizing import Optimizing
from faceswap.versions import installed
from faceswap.weights import Weights, put_weights, read_weights

#: What the network is, training knows from its options: nothing that was learnt is lost.
_REMEDY = (
    "delete it and run `faceswap train --force` with the options of before: "
    "it is written anew, and training goes on"
)

PLAIN = Optimizing()  # The usual optimiser, and each model's own loss.
Faces = NDArray[np.float32]


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `model.json` says: which model, its options, and what it was made with."""

    name: str
    options: dict[str, int | float | str | bool]
    versions: dict[str, str] = {}
    #: The digest of all the rest, by which a changed byte is noticed; empty: not sealed.
    seal: str = ""

    def sealed(self) -> Recipe:
        """The same with its seal."""
        bare = msgspec.structs.replace(self, seal="")
        return msgspec.structs.replace(self, seal=digest(bare))


@dataclass(frozen=True)
class FaceModel(ABC):
    """A recipe for a network. A subclass is a frozen dataclass whose fields are its options.

    `build` gives what Keras' `fit` trains, by its own `train_step` if need be.
    """

    plugin: ClassVar[str] = "model"
    #: What it is fed: "swap", "faces" or "labelled".
    data: ClassVar[str] = "swap"
    #: Learning rate where nobody says otherwise.
    rate: ClassVar[float] = 5e-5
    #: How much of the gradients' mean the optimiser keeps at each step.
    momentum: ClassVar[float] = 0.5
    #: The terms of its loss, from `faceswap.networks.terms`, and their weights where nobody says
    #: otherwise.
    terms: ClassVar[Mapping[str, float]] = {"l1": 1.0}
    #: By term, from which shares of the training on its weight is multiplied by what; of
    #: `terms.LEVELLED`, what it asks for. A term at 0 is not computed.
    phases: ClassVar[Mapping[str, Phases]] = {}
    #: Which discriminator it learns with where nobody says otherwise.
    discriminator: ClassVar[str] = "none"
    #: Faces a side in a batch where nobody says otherwise.
    batch: ClassVar[int] = 16
    #: What it is taught beside the pictures: masks, expressions; and which pixels count most.
    lesson: ClassVar[Lesson] = Lesson()
    #: How much its examples are changed where nobody says otherwise.
    augment: ClassVar[Augment] = Augment()
    #: Faces that a model of faces makes up for each preview: fewer where each takes long.
    drawn: ClassVar[int] = 256

    @property
    def name(self) -> str:
        """The name of its file: what `--model` takes."""
        return type(self).__module__.rpartition(".")[2]

    @property
    def expressive(self) -> int:
        """Numbers its code has beside the expression, which the term of that name teaches.

        0 for a model that tells no expression.
        """
        return 0

    @abstractmethod
    def build(self) -> Any:
        """A fresh `keras.Model`, its weights drawn from Keras' global random state."""

    def check(self) -> None:  # noqa: B027 - most models have nothing to refuse
        """Refuse options that do not go together: raises `BadOption`. Here all do."""

    def compile(self, net: Any, rate: float, how: Optimizing = PLAIN) -> None:
        """Give `net` its loss and optimiser: here those of a `SwapNet`."""
        how.compile(self, net, rate)

    def recipe(self) -> Recipe:
        """What to write beside the weights."""
        return Recipe(self.name, asdict(self), installed(("keras", "tensorflow")))


class Swapped(NamedTuple):
    """What a model makes of the target's faces; all float32 from 0 to 1.

    Attributes:
        faces: (n, s, s, 3) the source's face doing what the target's did.
        masks: (n, s, s) how much of each pixel is face, as the model learnt it; ones from a model
            that learns no masks.
        copies: (n, s, s, 3) the target's own face, drawn again. Where it is far from the face
            that was given, something lay before it that the network does not know.
    """

    faces: Faces
    masks: Faces
    copies: Faces

    @classmethod
    def of(cls, drawn: Any, copies: Any, taught: bool = True) -> Swapped:
        """What two decoders drew of the same faces, source's and target's.

        Args:
            drawn: (n, s, s, 3), or with the mask as a fourth channel; as the source.
            copies: The same, as the target.
            taught: Whether the masks are the face's, so that a pixel is face where both say so.
                Those that nobody teaches say how far each may lie over what it was drawn from.
        """
        first, second = (np.asarray(one, np.float32).clip(0, 1) for one in (drawn, copies))
        masks = first[..., 3:] * (second[..., 3:] if taught else 1)
        masks = masks[..., 0] if masks.shape[-1] else np.ones(first.shape[:3], np.float32)
        return cls(first[..., :3], masks, second[..., :3])


@runtime_checkable
class Swaps(Protocol):
    """A model that puts the source's face in place of the target's."""

    size: int

    def swap(self, net: Any, faces: Faces) -> Swapped:
        """The source's face with the expression of each of the target's faces.

        Args:
            net: What `build` returned, trained.
            faces: (n, size, size, 3) float32 from 0 to 1, aligned.
        """

    def redrawn(self, net: Any, faces: Any) -> Any:
        """The same of a tensor within a step of training, with no gradient for the code.

        Returns:
            (n, size, size, 3), or with the mask as a fourth channel.
        """


def save(folder: Path, model: FaceModel, weights: Weights) -> None:
    """Write `model.json` and `weights.safetensors` into the folder."""
    from safetensors.numpy import save as pack

    durable.write(folder / "weights.safetensors", pack(weights))
    save_recipe(folder, model)


def save_recipe(folder: Path, model: FaceModel) -> None:
    """Write `model.json`."""
    text = msgspec.json.format(msgspec.json.encode(model.recipe().sealed()), indent=2)
    durable.write(folder / "model.json", text + b"\n")


def load_recipe(folder: Path) -> FaceModel:
    """The model that `model.json` speaks of."""
    path = folder / "model.json"
    recipe = load_json(path, Recipe, "does not say which model it is", _REMEDY)
    if recipe.seal and recipe != recipe.sealed():
        raise Damaged(f"{path} has changed since it was written: {_REMEDY}")
    kind = plugins.load("models", recipe.name)
    model = create(kind, recipe.options, f"{path}: ")
    assert isinstance(model, FaceModel)
    return model


def claim(folder: Path, model: FaceModel, restart: bool) -> None:
    """Make the folder this model's; with `restart`, what was learnt in it is gone."""
    if restart:
        # The recipe last: without it, a kill in between would leave weights that are nobody's.
        for path in sorted(folder.iterdir(), key=lambda path: path.name == "model.json"):
            durable.remove(path)
    if not (folder / "model.json").exists():
        save_recipe(folder, model)


def compare(folder: Path, model: FaceModel) -> None:
    """Raise `ModelMismatch` if what a folder holds is of another recipe."""
    found, asked = load_recipe(folder).recipe(), model.recipe()
    old = {"model": found.name} | found.options
    new = {"model": asked.name} | asked.options
    differ = [f"{k} {old.get(k)} there, {new[k]} asked for" for k in new if old.get(k) != new[k]]
    if differ:
        raise ModelMismatch(
            f"{folder} holds another model ({'; '.join(differ)}): "
            "ask for the same, or begin anew with --restart"
        )


def load(folder: Path, precision: str = "auto") -> tuple[FaceModel, Any]:
    """The model saved in a folder and its network: rebuilt from the recipe, then its weights.

    Raises:
        Damaged: If a file is missing or cannot be read.
        ModelMismatch: If the weights are not those of the recipe.
    """
    from faceswap.networks.precision import using

    model = load_recipe(folder)
    with using(precision):
        net = model.build()
    put_weights(net, read_weights(folder / "weights.safetensors"))
    return model, net

"""What a model of faces can do beside swapping: make them up, encode, be fitted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from faceswap.data.labels import Labels
from faceswap.model import Faces
from faceswap.stage import Summary

#: Kinds of `FaceModel.data` that are trained on the faces of one side.
ONE_SIDED = ("faces", "labelled")
Latents = NDArray[np.float32]
#: Faces made, or looked at, at a time.
AT_ONCE = 64


def in_parts(made: Callable[..., Any], *rows: Any) -> Faces:
    """What is made of rows of arrays, float32, some at a time: all would take too much memory."""
    starts = range(0, len(rows[0]), AT_ONCE)
    parts = [made(*(values[start : start + AT_ONCE] for values in rows)) for start in starts]
    return np.concatenate([np.asarray(part, np.float32) for part in parts])


def at_best(model: Any, faces: Faces) -> Faces:
    """Faces (n, s, s, 3) as the model could at best show them: as they are, if it does not say."""
    return model.shown(faces) if isinstance(model, Shows) else faces


@runtime_checkable
class Samples(Protocol):
    """A model that makes faces up."""

    size: int

    def sample(self, net: Any, count: int, seed: int, **controls: Any) -> Faces:
        """Faces that are nobody's, (count, size, size, 3) float32 from 0 to 1.

        Args:
            net: What `build` returned, trained.
            count: How many.
            seed: The same faces for the same seed; of more faces, the first are the same.
            controls: What the model knows of, each with a default: `psi`, how far from the usual,
                0 is the mean; `label`, the number of the class that all of them are of.
        """


@runtime_checkable
class Decodes(Samples, Protocol):
    """A model that draws faces from latent numbers."""

    def latents(self, net: Any, count: int, seed: int) -> Latents:
        """Latents (count, ...) as `sample` draws them where nobody says otherwise."""

    def wanted(self, net: Any, count: int, seed: int, **controls: Any) -> Latents:
        """Latents as `sample` draws them with the same controls; raises `BadOption` as that."""

    def decode(self, net: Any, latents: Any) -> Any:
        """The faces (n, size, size, 3), float32 from 0 to 1, of latents (n, ...).

        In TensorFlow's operations alone, so that latents can be sought by their gradient.
        """


@runtime_checkable
class Encodes(Decodes, Protocol):
    """A model that also finds the latents of a face."""

    def encode(self, net: Any, faces: Faces) -> Latents:
        """The latents (n, ...) of faces (n, size, size, 3), float32."""


@runtime_checkable
class Completes(Protocol):
    """A model that makes up the rest of a face of which a part is given."""

    def complete(self, net: Any, faces: Faces, known: NDArray[np.bool_], seed: int) -> Faces:
        """The faces (n, s, s, 3) with all that is not known (s, s) made up."""


@runtime_checkable
class Shows(Protocol):
    """A model whose pictures cannot be as faces are: they are grey, say."""

    def shown(self, faces: Faces) -> Faces:
        """Real faces (n, s, s, 3) as the model could at best show them; its own stay as they are.

        Its samples are held against these.
        """


@runtime_checkable
class Likely(Protocol):
    """A model of pixels of few levels that knows how likely each face is.

    Attributes:
        levels: How many.
    """

    levels: int

    def quantised(self, faces: Faces) -> NDArray[np.int32]:
        """The levels (n, s, s) of faces (n, s, s, 3)."""

    def bits(self, net: Any, grey: NDArray[np.int32]) -> float:
        """What a pixel of levels (n, s, s) costs: -log2 of its likelihood, the mean."""


@runtime_checkable
class Labelled(Protocol):
    """A model of data "labelled": it learns to which class a face belongs.

    Attributes:
        classes: Their names with commas between; an option that training fills in, from the
            column of labels that it is given.
    """

    classes: str


@runtime_checkable
class Fits(Protocol):
    """A model that is fitted to all faces at once: no steps, no optimiser."""

    size: int

    def fit(self, net: Any, faces: Faces, labels: Labels) -> Summary:
        """Set the network's weights; gives a few figures.

        Args:
            net: What `build` returned.
            faces: (n, size, size, 3) float32 from 0 to 1.
            labels: What is known of each.

        Raises:
            NoFaces: Where they are too few.
        """

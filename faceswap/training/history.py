"""The history of a training: a JSON line for each segment of steps, and for each measurement."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from faceswap.storage import durable, limits
from faceswap.storage.untrusted import decode_json, open_file
from faceswap.training.checkpoint import State
from faceswap.training.examiner import Figures

Line = dict[str, Any]

#: Under this name a line holds the figures of held-out faces; one without it holds losses.
HELD_OUT = "held_out"


def nobody(line: Line) -> None:
    """Takes no notice of a line."""


#: A number that can be drawn.
_Drawable = Annotated[float, msgspec.Meta(ge=-1e12, le=1e12)]


class _Known(msgspec.Struct):
    """What a line has, as far as it is drawn."""

    step: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    seconds: Annotated[float, msgspec.Meta(ge=0, le=1e12)]
    loss: _Drawable = 0.0
    critic_loss: _Drawable = 0.0
    generator_loss: _Drawable = 0.0
    frechet: _Drawable = 0.0
    bits: _Drawable = 0.0
    held_out: Figures | None = None


@dataclass(frozen=True)
class History:
    """The lines of `path`, in the order of their steps.

    All have `step` and `seconds` of training, over all its resumptions. A line of losses has
    `images_s` and the mean of each loss over its segment; one of a measurement has `held_out`, the
    fields of `Figures`, and `faces`, the key of the faces that were measured. Who is `also` told is
    told of each line that is added.
    """

    path: Path
    also: Callable[[Line], None] = nobody

    def cut(self, step: int) -> None:
        """Take away the lines after a step: a run that was cut off wrote them."""
        kept = "".join(json.dumps(line) + "\n" for line in self if line["step"] <= step)
        durable.write(self.path, kept.encode())

    def add(self, state: State, **figures: Any) -> None:
        """One more line, brought to the disk: before a checkpoint that comes after it."""
        line = {"step": state.step, "seconds": round(state.seconds, 1)} | figures
        durable.append(self.path, json.dumps(line).encode() + b"\n")
        self.also(line)

    def __iter__(self) -> Iterator[Line]:
        """The whole lines; what a kill left half written is passed over."""
        if self.path.exists():
            with open_file(self.path) as file:
                lines = iter(lambda: file.readline(limits.LINE_BYTES), b"")
                yield from filter(None, map(_whole, lines))

    def figures(self, step: int, faces: str) -> Figures | None:
        """What was measured at a step on the faces of this key, if anything was."""
        for line in self:
            if line["step"] == step and line.get("faces") == faces:
                return msgspec.convert(line[HELD_OUT], Figures)
        return None


def _whole(text: bytes) -> Line | None:
    try:
        decode_json(text, _Known)
        return decode_json(text, Line)
    except ValueError:
        return None

"""The history of a training: a JSON line for each segment of steps, and for each measurement."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from faceswap import durable
from faceswap.checkpoint import State
from faceswap.examiner import Figures

Line = dict[str, Any]

#: Under this name a line holds the figures of held-out faces; one without it holds losses.
HELD_OUT = "held_out"


@dataclass(frozen=True)
class History:
    """The lines of `path`, in the order of their steps.

    All have `step` and `seconds` of training, over all its resumptions. A line of losses has
    `images_s` and the mean of each loss over its segment; one of a measurement has `held_out`, the
    fields of `Figures`, and `faces`, the key of the faces that were measured.
    """

    path: Path

    def cut(self, step: int) -> None:
        """Take away the lines after a step: a run that was cut off wrote them."""
        kept = "".join(json.dumps(line) + "\n" for line in self if line["step"] <= step)
        durable.write(self.path, kept.encode())

    def add(self, state: State, **figures: Any) -> None:
        """One more line, brought to the disk: before a checkpoint that comes after it."""
        line = {"step": state.step, "seconds": round(state.seconds, 1)} | figures
        durable.append(self.path, json.dumps(line).encode() + b"\n")

    def __iter__(self) -> Iterator[Line]:
        """The whole lines; what a kill left half written is passed over."""
        if self.path.exists():
            with self.path.open(encoding="utf-8", errors="replace") as file:
                yield from filter(None, map(_whole, file))

    def figures(self, step: int, faces: str) -> Figures | None:
        """What was measured at a step on the faces of this key, if anything was."""
        for line in self:
            if line["step"] == step and line.get("faces") == faces:
                return msgspec.convert(line[HELD_OUT], Figures)
        return None


def _whole(text: str) -> Line | None:
    try:
        line = json.loads(text)
        good = isinstance(line["step"], int) and isinstance(line["seconds"], int | float)
        if HELD_OUT in line:
            msgspec.convert(line[HELD_OUT], Figures)
        return line if good else None
    except (ValueError, KeyError, TypeError):
        return None

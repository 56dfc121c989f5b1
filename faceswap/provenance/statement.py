"""What an output says of itself: which kind of synthetic, made by what, from what, who agreed."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from faceswap.provenance.consent import Published
from faceswap.storage.digests import Input
from faceswap.versions import installed

#: The label of the assertion that holds a statement.
LABEL = "faceswap.synthesis"
TOOL = "faceswap"
_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
#: IPTC's digital source type of each kind of output, and what was done in words.
KINDS = {
    "swap": (f"{_IPTC}compositeWithTrainedAlgorithmicMedia", "faces were replaced"),
    "masks": (f"{_IPTC}trainedAlgorithmicMedia", "masks of replaced faces were drawn"),
    "edit": (f"{_IPTC}compositeWithTrainedAlgorithmicMedia", "faces were edited"),
    "synthesis": (f"{_IPTC}trainedAlgorithmicMedia", "pictures were generated"),
}

_INPUT = "inputTo"

Text = Annotated[str, Meta(max_length=1000)]


class ModelUsed(msgspec.Struct, frozen=True):
    """The model by its recipe's name and options, and the SHA-256 of its weights."""

    name: Text
    sha256: Text
    options: dict[str, int | float | str | bool] = {}


class Statement(msgspec.Struct, frozen=True):
    """What an output says of itself, in its credentials and in its sidecar.

    Attributes:
        kind: One of `KINDS`.
        consent: What may be published of the record of consent.
        inputs: What each side's media are named by.
        model: What drew the faces; None where that is not known.
        options: How it was made, where that matters.
        version: Of the program.
    """

    kind: Text
    consent: Published
    inputs: dict[str, Input] = {}
    model: ModelUsed | None = None
    options: dict[str, Any] = {}
    tool: Text = TOOL
    version: Text = ""

    @property
    def source_type(self) -> str:
        """IPTC's address of the digital source type."""
        return KINDS[self.kind][0]


def version() -> str:
    """The program's version; empty where it is not installed."""
    return installed([TOOL]).get(TOOL, "")


def actions(statement: Statement) -> list[dict[str, Any]]:
    """C2PA's actions (2.2, 18.15): the target was opened and changed, or something was created."""
    source_type, words = KINDS[statement.kind]
    agent = {"name": statement.tool, "version": statement.version}
    made = {"digitalSourceType": source_type, "softwareAgent": agent, "description": words}
    others = [n for n, part in ingredients(statement).items() if part["relationship"] == _INPUT]
    if others:
        made["parameters"] = {"ingredientIds": others}
    if statement.kind != "swap":
        return [{"action": "c2pa.created", **made}]
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["target"]}}
    return [opened, {"action": "c2pa.edited", **made}]


def ingredients(statement: Statement) -> dict[str, dict[str, Any]]:
    """C2PA's ingredients by name: by their digests, and without names of files or people."""
    digests = {side: one.sha256 for side, one in statement.inputs.items()}
    if statement.model:
        digests["model"] = statement.model.sha256
    parent = statement.kind == "swap"
    return {
        name: {
            "title": name,
            "label": name,
            "instance_id": f"sha256:{digest}",
            "description": f"SHA-256 {digest}",
            "relationship": "parentOf" if parent and name == "target" else _INPUT,
        }
        for name, digest in digests.items()
    }

"""Lines that list models and options: a text for people, and a record for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from faceswap import plugins

if TYPE_CHECKING:
    from faceswap.model import FaceModel
    from faceswap.workspace import Workspace

Line = tuple[str, dict[str, Any]]


def models() -> Iterator[Line]:
    """Each model with what it is; imports none of them."""
    for name in plugins.names("models"):
        text = plugins.summary("models", name)
        yield f"{name:12} {text}", {"model": name, "help": text}


def model(name: str) -> Iterator[Line]:
    """Each option of a model, and each term of its loss, with its phases."""
    from faceswap.options import describe

    kind = plugins.load("models", name)
    for option in describe(kind):
        text = f"{option.help} ({option.limits})" if option.limits else option.help
        record = {"option": option.name, "default": option.default, "help": text}
        yield f"{option.name:14} {option.default!s:10} {text}", record
    for term, weight, text in losses(kind):
        phases = {f"{start:g}": value for start, value in kind.phases.get(term, ())}
        record = {"term": term, "weight": weight, "help": text, "phases": phases}
        yield f"{term:14} {weight!s:10} loss: {text}", record


def losses(kind: type[FaceModel]) -> Iterator[tuple[str, float, str]]:
    """Each term of a model's loss, its weight, and what it is and when; none of one of faces."""
    from faceswap.networks.phases import told
    from faceswap.networks.terms import HELP
    from faceswap.training.competing import DISCRIMINATORS

    for term, weight in kind.terms.items() if kind.data == "swap" else ():
        phases = kind.phases.get(term)
        yield term, weight, f"{HELP[term]} By phase: {told(phases)}." if phases else HELP[term]
    if kind.discriminator != "none":
        text = f"How far its discriminators, `{kind.discriminator}`, are from taking it for real."
        yield "fooled", DISCRIMINATORS[kind.discriminator], text


def options(work: Workspace, stage: str, environ: Mapping[str, str]) -> Iterator[Line]:
    """Each option of a stage, its value and where that comes from; what is secret is not told."""
    from faceswap import plan
    from faceswap.options import describe

    secret = {o.name for o in describe(plugins.load("stages", stage)) if not o.recorded}
    for side in plan.sides_of(stage):
        found = plan.settings_of(work, stage, side, {}, environ)
        for name, (value, origin) in found.items():
            told = "(not told)" if name in secret and value else value
            record = {"side": side, "option": name, "value": told, "from": origin}
            yield f"{side:7}{name:18} {told!s:12} {origin}", record

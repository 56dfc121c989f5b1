"""A stage on one side or on the whole workspace, and the order that stages run in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from faceswap.artefacts import artefact
from faceswap.manifest import fingerprint
from faceswap.options import describe
from faceswap.stage import Stage


@dataclass(frozen=True)
class Job:
    """A stage on one side, or on the whole workspace."""

    name: str
    stage: Stage
    side: str = ""

    @property
    def title(self) -> str:
        """`detect source`, `merge`."""
        return f"{self.name} {self.side}".strip()

    @property
    def inputs(self) -> list[str]:
        """What it cannot do without, qualified."""
        return [self._qualified(name) for name in self.stage.takes()]

    @property
    def extras(self) -> list[str]:
        """What it takes into account where it is there, qualified."""
        return [self._qualified(name) for name in self.stage.uses]

    @property
    def outputs(self) -> list[str]:
        """What it makes, qualified."""
        return [self._qualified(name) for name in self.stage.makes()]

    def options(self, *affects: str) -> dict[str, Any]:
        """The values of the options that affect what is named; of files, what is in them too."""
        known = describe(type(self.stage))
        said = [o for o in known if o.affects in affects and o.recorded]
        values = {o.name: getattr(self.stage, o.name) for o in said}
        files = {o.name: Path(values[o.name]) for o in said if o.file and values[o.name]}
        return values | {n: [str(p), fingerprint(p)] for n, p in files.items() if p.exists()}

    def _qualified(self, name: str) -> str:
        sided = self.side and artefact(name).side and "/" not in name
        return f"{self.side}/{name}" if sided else name


def in_order(stages: Mapping[str, type[Stage]]) -> list[str]:
    """The names of the stages, each after those whose artefacts it reads."""
    makers = {_bare(made): name for name, stage in stages.items() for made in stage.writes}
    graph = {
        name: sorted({makers[_bare(r)] for r in stage.reads if _bare(r) in makers})
        for name, stage in sorted(stages.items())
    }
    return list(TopologicalSorter(graph).static_order())


def _bare(name: str) -> str:
    return name.rpartition("/")[2]

"""Crew: who does the work that can be done by many."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from faceswap.errors import BadOption, Unsupported
from faceswap.options import option
from faceswap.stage import Stage
from faceswap.workspace import Workspace

#: What Dask's schedulers are called by.
_ADDRESS = r"(tcp|tls)://[^/\s]+:[0-9]{1,5}"


@dataclass(frozen=True)
class Crew:
    """Processes of this machine, or a cluster.

    Attributes:
        workers: Processes; 0 is one a core.
        scheduler: Address of the Dask cluster that does the work instead; empty: none.
        shared: The folder that all of the cluster's machines see at one path: the workspace.
    """

    workers: int = 0
    scheduler: str = ""
    shared: Path = Path()


@dataclass(frozen=True)
class Crewed(Stage):
    """A stage whose work can be done by many."""

    workers: int = option(0, "Processes; 0 is one a core.", low=0, affects="nothing")
    scheduler: str = option(
        "",
        "Dask cluster that does the work instead, as in tcp://HOST:8786; see docs/cluster.md.",
        affects="nothing",
    )

    def validate(self) -> None:
        """Refuse an address that is none, or one where Dask is not installed."""
        if self.scheduler and not re.fullmatch(_ADDRESS, self.scheduler):
            raise BadOption(f"scheduler takes tcp://HOST:PORT or tls://, not {self.scheduler!r}")
        if self.scheduler and find_spec("distributed") is None:
            raise Unsupported(
                "a cluster needs the package distributed: pip install '.[cluster]', "
                "or leave --scheduler out"
            )

    def crew(self, work: Workspace) -> Crew:
        """Who works on this workspace."""
        return Crew(self.workers, self.scheduler, work.root)

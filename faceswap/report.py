"""Lines that say how jobs stand: a text for people, and a record for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from faceswap.job import Job
from faceswap.ledger import MISSING, Ledger
from faceswap.manifest import Entry
from faceswap.workspace import Workspace

Line = tuple[str, dict[str, Any]]


def done(job: Job, entry: Entry, fresh: bool) -> Line:
    """What a job gave; `fresh` if it was not run because nothing had changed."""
    took = "fresh" if fresh else f"{entry.seconds:.1f} s"
    record = {"stage": job.name, "side": job.side, "state": "fresh" if fresh else "done"}
    figures = {"seconds": entry.seconds, "parts": entry.parts, "summary": entry.summary}
    return f"{job.title}: {', '.join(_figures(entry))} ({took})", {**record, **figures}


def states(ledger: Ledger, jobs: Sequence[Job]) -> Iterator[Line]:
    """The state of each job, its figures, and which of its options have changed."""
    found = ledger.states(jobs)
    for job in jobs:
        state = found[job.title]
        entry = ledger.manifest.artefacts.get(job.outputs[0]) if state != MISSING else None
        figures = ", ".join([*_figures(entry), *ledger.changes(job)])
        record = {"stage": job.name, "side": job.side, "state": state}
        summary = entry.summary if entry else {}
        yield f"{job.title:16} {state:8} {figures}".rstrip(), {**record, "summary": summary}


def standing(work: Workspace, jobs: Sequence[Job]) -> Iterator[Line]:
    """The state of each job of a workspace as it is now."""
    yield from states(Ledger(work), jobs)


def _figures(entry: Entry | None) -> list[str]:
    return [f"{name} {value}" for name, value in entry.summary.items()] if entry else []


def few(names: Sequence[str]) -> str:
    """How many names there are, and the first of them.

    Example:
        >>> few(["a", "b", "c", "d"])
        '4 (a, b, c, ...)'
    """
    shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
    return f"{len(names)} ({shown})"

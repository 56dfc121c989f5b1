"""What the manifest says of jobs, held against what is on the disk; and running the rest."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from faceswap import clock, manifest
from faceswap.errors import Damaged
from faceswap.job import Job
from faceswap.manifest import Entry
from faceswap.stage import Progress, Summary, silent
from faceswap.storage import durable, room
from faceswap.versions import TOLD, installed
from faceswap.workspace import Workspace, writing

FRESH, STALE, PARTIAL, MISSING = "fresh", "stale", "partial", "missing"


class Ledger:
    """What the manifest says of jobs, held against what is on the disk."""

    def __init__(self, work: Workspace) -> None:
        self.work = work
        self.manifest = work.manifest()

    def states(self, plan: Sequence[Job]) -> dict[str, str]:
        """For each job's title: `fresh`, `stale`, `partial` or `missing`."""
        found: dict[str, str] = {}
        dirty: set[str] = set()
        for job in plan:
            state = self.state(job)
            if state == FRESH and dirty & set(job.inputs):
                state = STALE
            if state != FRESH:
                dirty |= set(job.outputs)
            found[job.title] = state
        return found

    def state(self, job: Job) -> str:
        """The job's own state, whatever came before it is in."""
        if self.fresh(job):
            return FRESH
        if any(self.work.partial(name).exists() for name in job.outputs):
            return PARTIAL
        return STALE if all(self.work.exists(name) for name in job.outputs) else MISSING

    def fresh(self, job: Job) -> bool:
        """Whether every artefact is there and was made with these options and inputs.

        A job that makes nothing is never done: it is asked for to be done.
        """
        return bool(job.outputs) and not self.due(job)

    def due(self, job: Job) -> list[str]:
        """The artefacts that have to be made: all or none, unless the stage can part them."""
        key = self.key(job)
        due = [name for name in job.outputs if not self._made(job, name, key)]
        return due if job.stage.separate or not due else job.outputs

    def _made(self, job: Job, name: str, key: str) -> bool:
        entry = self.manifest.artefacts.get(name)
        if not entry or entry.key != key or not self.work.exists(name):
            return False
        return job.stage.enough(entry.options, entry.summary)

    def changes(self, job: Job) -> list[str]:
        """In words, which options differ from those the artefact was made with; none if fresh."""
        if not job.outputs or self.fresh(job):
            return []
        entry = self.manifest.artefacts.get(job.outputs[0])
        now = job.options("result", "effort")
        was = entry.options if entry else {}
        return [
            f"{name} was {was[name]}, is {value}"
            for name, value in now.items()
            if name in was and _plain(was[name]) != _plain(value)
        ]

    def key(self, job: Job) -> str:
        """The digest of stage, options that count, code version, and stamps of the inputs."""
        stamps = {name: self._stamp_of(name) for name in [*job.inputs, *job.extras]}
        return manifest.digest(job.name, job.stage.version, job.options("result"), stamps)

    def prepare(self, job: Job, due: Sequence[str]) -> None:
        """Clear away partial artefacts of other options or inputs; hand a model back."""
        key = self.key(job)
        for name in due:
            partial = self.work.partial(name)
            if job.stage.continues:
                if self.work.exists(name) and not partial.exists():
                    durable.move(self.work.path(name), partial)
            elif self.manifest.partials.get(name) != key:
                durable.discard(partial)
            self.manifest.partials[name] = key
        self._save()

    def record(
        self,
        job: Job,
        due: Sequence[str],
        summary: Summary,
        seconds: float,
        parts: dict[str, float] | None = None,
    ) -> Entry:
        """Note how the artefacts were made that were due; gives what was noted.

        Args:
            job: What made them.
            due: Their names.
            summary: What the stage said.
            seconds: What it took.
            parts: Those of all workers, by what they went into.
        """
        key = self.key(job)
        entry = Entry(
            stage=job.name,
            options=job.options("result", "effort", "nothing"),
            key=key,
            stamp=manifest.digest(key, job.options("effort"), summary),
            fingerprint="",
            seconds=round(seconds, 3),
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            versions=installed(TOLD),
            summary=summary,
            parts=parts or {},
        )
        for name in due:
            self.manifest.partials.pop(name, None)
            now, seals = self.work.fingerprint(name), self.work.seals(name)
            noted = msgspec.structs.replace(entry, fingerprint=now, seals=seals)
            self.manifest.artefacts[name] = noted
        self._save()
        return entry

    def inspect(self, names: Iterable[str]) -> None:
        """Read all that nobody edits of these artefacts; raises `Damaged` where it has changed."""
        for name in names:
            entry = self.manifest.artefacts.get(name)
            if entry is None or not entry.seals:
                continue
            now = self.work.seals(name)
            changed = [file for file, seal in entry.seals.items() if now.get(file) != seal]
            if changed:
                raise Damaged(self._damage(name, entry, changed[0], changed[0] in now))

    def _damage(self, name: str, entry: Entry, file: str, there: bool) -> str:
        what = "has changed since it was made" if there else "is missing"
        # What one job made for both sides has one key.
        alone = sum(other.key == entry.key for other in self.manifest.artefacts.values()) == 1
        side = name.rpartition("/")[0] if alone else ""
        command = f"faceswap {entry.stage} {self.work.root}" + (f" --side {side}" if side else "")
        return (
            f"{self.work.path(name) / file} {what}, and nobody edits it: "
            f"run `{command} --force` with the options it was made with"
        )

    def _stamp_of(self, name: str) -> str:
        now = self.work.fingerprint(name)
        entry = self.manifest.artefacts.get(name)
        if entry is None or not now:
            return now
        # An edited artefact is an input like another, but not the one that was made.
        return entry.stamp if entry.fingerprint == now else manifest.digest(entry.stamp, now)

    def _save(self) -> None:
        manifest.save(self.manifest, self.work.root / "manifest.json")


def execute(job: Job, work: Workspace, progress: Progress = silent, force: bool = False) -> Entry:
    """Run the job unless it is fresh; its own `check` was asked before, by `plan.check`.

    Returns:
        How its artefacts were made, now or before.

    Raises:
        MissingArtefact: If an input is not there.
        Damaged: If an input is not as it was made.
        OutOfSpace: If there is too little room for the result.
    """
    ledger = Ledger(work)
    if not force and ledger.fresh(job):
        return ledger.manifest.artefacts[job.outputs[0]]
    for name in job.inputs:
        work.require(name)
    ledger.inspect([*job.inputs, *job.extras])
    due = job.outputs if force else ledger.due(job)
    seen = replace(work.on(job.side), kept=frozenset(job.outputs) - frozenset(due))
    room.demand(seen, job.title, job.stage.needs(seen), [work.partial(name) for name in due])
    with writing(work.root):
        ledger.prepare(job, due)
        began = time.monotonic()
        clock.take()
        summary = job.stage.run(seen, progress)
        parts = {name: round(seconds, 3) for name, seconds in clock.take().items()}
        for name, seconds in parts.items():
            progress.detail(f"{job.title}: {name} {seconds:.2f} s, all workers together")
        return ledger.record(job, due, summary, time.monotonic() - began, parts)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
